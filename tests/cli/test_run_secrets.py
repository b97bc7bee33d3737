"""What comes from the environment stays out of what is printed and recorded, however it is told."""

import json
from pathlib import Path

import pytest

from tests.cli.test_run import last_run, one_step, write
from tests.conftest import Run

QUOTED = 'se"cr\\et-ü1'
LONG = "s3cretABC" * 12

TELL = """
import json, os
secret = os.environ["TOKEN"]
print(secret, repr(secret), [secret], json.dumps(secret), json.dumps(secret, ensure_ascii=False))
said = {"key-" + secret: 1, "escaped": json.dumps(secret), "deep": [{secret: secret}]}
json.dump(said, open("m.json", "w"))
open("x", "w").write("1")
"""


def forms(secret: str) -> set[str]:
    """A secret as it may be found in a text or in a JSON document, once or twice escaped."""
    found = {secret, repr(secret)[1:-1]}
    for _ in range(2):
        found |= {
            json.dumps(text, ensure_ascii=plain)[1:-1] for text in found for plain in (True, False)
        }
    return found


def test_secrets_are_hidden_however_they_are_escaped(run: Run, work: Path, home: Path) -> None:
    (work / "tell.py").write_text(TELL)
    write(
        work,
        "pipeline: p\nsteps:\n  it:\n    command: python3 tell.py\n"
        "    env: {TOKEN: '${env:SECRET}'}\n"
        "    outputs: {x: {path: x, metadata_file: m.json}}\n",
    )
    done = run("run", "run.yaml", SECRET=QUOTED).ok()
    assert "***" in last_run(home).steps["it"].log()
    found = [done.out.encode(), done.err.encode()]
    found += [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    for content in found:
        assert not [form for form in forms(QUOTED) if form.encode() in content]


@pytest.mark.parametrize("secret", [QUOTED, LONG])
@pytest.mark.parametrize(
    "more",
    [
        "    retries: '${env:SECRET}'\n",
        "    timeout: 'x ${env:SECRET}'\n",
        "    inputs: {x: '${env:SECRET}@a@b'}\n",
        "    sources: ['${env:SECRET}*']\n",
        "    outputs: {x: {path: '${env:SECRET}'}}\n",
        "    outputs: {x: {path: script.sh, metadata_file: '${env:SECRET}/${env:SECRET}'}}\n",
    ],
)
def test_secrets_are_not_in_what_is_said_of_mistakes(
    run: Run, work: Path, home: Path, secret: str, more: str
) -> None:
    one_step(work, "true\n", more)
    done = run("run", "run.yaml", SECRET=secret)
    assert not [form for form in (*forms(secret), secret[:20]) if form in done.err], done.err
