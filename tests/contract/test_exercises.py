from exegesis.contract.code import in_cell
from tests.contract.tiny import told

EXERCISE = (
    "# A Paper\n\n```{exercise} adding\n:title: Add them up\n:check: total = 45 (the sum)\n"
    ":hints: |\n  - In pairs.\nWhat is their sum?\n```\n\n"
)
STARTER = in_cell("{'total': 0}", ":starter: adding\n\n") + "\n"
SOLUTION = in_cell("{'total': sum(range(10))}", ":solution: adding\n\n") + "\n"


def faults(folder, text, code="exercise"):
    return told(folder, text, code)


def test_an_exercise_with_its_parts_is_sound(tmp_path):
    assert faults(tmp_path, EXERCISE + STARTER + SOLUTION) == []


def test_a_missing_part_is_told_at_the_exercise(tmp_path):
    (fault,) = faults(tmp_path, EXERCISE + STARTER)
    assert "exercise 'adding': it has no solution; write ':solution: adding' on one cell" in fault


def test_what_cannot_be_read_is_told(tmp_path):
    (fault,) = faults(tmp_path, EXERCISE.replace("total = 45", "total is 45") + STARTER + SOLUTION)
    assert "is no check" in fault


def test_a_part_of_no_exercise_is_told(tmp_path):
    (cell,) = faults(tmp_path, f"# A Paper\n\n{SOLUTION}")
    assert "the exercise 'adding' is stated nowhere; add '{exercise} adding'" in cell
    (words,) = faults(tmp_path, "# A Paper\n\n```{solution} adding\nIn pairs.\n```\n")
    assert "the exercise 'adding' is stated nowhere" in words


def test_an_exercise_of_before_is_left_alone(tmp_path):
    assert faults(tmp_path, "# A Paper\n\n**1. Add them up.**\n\n````{dropdown} Solution\nIn pairs.\n````\n") == []


def test_title_hints_and_words_of_checks_are_spelled(tmp_path):
    for right, wrong in (("Add them up", "Add themm up"), ("In pairs", "In pairrs"), ("(the sum)", "(the summ)")):
        (fault,) = faults(tmp_path, EXERCISE.replace(right, wrong), "spelling")
        assert wrong.split()[1].strip("()") in fault
    assert faults(tmp_path, EXERCISE, "spelling") == []


def test_cells_of_exercises_bind_no_number_of_a_claim(tmp_path):
    claim = "```{claim} total\n:evidence: recomputed\n:source: Sec. 1\n:check: = 45\nIt is 45.\n```\n\n"
    starter = in_cell("total = 45\n{'total': total}", ":starter: adding\n\n") + "\n"
    cell = in_cell("total = sum(range(10))", "") + "\n" + in_cell("total", ":claim: total\n\n") + "\n"
    assert faults(tmp_path, EXERCISE + starter + SOLUTION + cell + claim, "claim") == []
