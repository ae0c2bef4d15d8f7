import ast

from exegesis.slicing.pruning import pruned


def kept(*cells, **options):
    return [ast.unparse(tree) for tree in pruned(cells, **options).trees]


def test_drawing_is_left_out_wherever_it_stands():
    (code,) = kept(
        """
import matplotlib.pyplot as plt
x = 1

def draw(ax, x):
    y = x + 1
    ax.plot(y)

fig, (left, right) = plt.subplots(1, 2, figsize=(3, 4))
for ax, x in zip((left, right), (1, 2)):
    draw(ax, x)
    x.append(2)
for ax in fig.axes:
    ax.set(xlabel=3)
draw(left, 4)
plt.show()
"""
    )
    assert code.splitlines() == [
        "x = 1",
        "",
        "def draw(ax, x):",
        "    y = x + 1",
        "for ax, x in zip((left, right), (1, 2)):",
        "    x.append(2)",
    ]


def test_what_is_printed_said_and_asserted_is_left_out():
    (code,) = kept('def f(x):\n    """Say 1."""\n    assert x > 1, "2"\n    return x\nprint(f(3))\n')
    assert code == "def f(x):\n    return x"


def test_functions_that_draw_are_named():
    code = "import matplotlib.pyplot as plt\ndef f():\n    plt.plot(1)\ndef g(x):\n    return x"
    assert pruned([code]).drawing == {"f"}


def test_numbers_that_no_check_names_are_left_out():
    (code,) = kept('n = 1\n{"seen": n, "checked": n + 1}', checked={0: {"checked"}})
    assert code == "n = 1\n{'checked': n + 1}"
