"""What asks the warm process for kernels hears how they end, whoever waits for that."""

import asyncio

import pytest

from exegesis.execution.run import run_to_end
from exegesis.kernel.client import ForkedKernel


@pytest.mark.parametrize("name", ["started", "ended"])
def test_who_waits_may_be_cancelled_and_what_is_waited_for_is_still_told(name):
    future = getattr(ForkedKernel(), name)

    async def wait_and_give_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(future), 0.01)

    run_to_end(wait_and_give_up())
    future.set_result(1)
    assert future.result() == 1
