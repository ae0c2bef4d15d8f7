"""Every chapter shows the same, byte for byte, when it is run in a kernel that was not forked."""

import pytest

from exegesis.execution import Store, run_fresh, run_notebooks
from exegesis.kernel.environment import decisive, set_environment, short_environment
from exegesis.paths import home_path, store_path
from tests.chapters import PAPERS
from tests.site.pages import each
from tests.site.weight import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("chapter", each(sorted(path.stem for path in PAPERS.glob("*.md")), ["concrete"]))
def test_a_fresh_kernel_gives_the_outputs_of_the_book(site, chapter):
    set_environment(ROOT)
    environment = short_environment(home_path(store_path(ROOT)))
    with Store(store_path(ROOT), ROOT, decisive(environment)) as store:
        (stored,) = run_notebooks([PAPERS / f"{chapter}.md"], store)
        assert stored.stored
        (run,) = run_fresh([stored], store, jobs=1, environment=environment)
    assert run.failure is None
