"""Samples of tables, whatever their cells hold."""

from artifactctl.visuals import sample_csv


def test_a_number_too_long_for_python_to_write_leaves_the_rest_of_the_sample():
    rows = [[1, 10**5000], [2, "x"]]
    assert sample_csv(["a", "b"], rows) == b"a,b\n1,<int>\n2,x\n"
