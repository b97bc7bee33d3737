"""What the scripts for the programs share: `python with_NAME.py ACT WORDS...` does one act.

Standard library and, for values, NumPy and pandas only: each program's own Python runs this.
"""

import json
import os
import random
import sys
import time


def act(**acts):
    """Do what the command line names."""
    acts[sys.argv[1].replace("-", "_")](*sys.argv[2:])


def writer(save):
    """An act: so many small files saved one after the other under one name, failures counted."""

    def write(number, saves, folder):
        failed = 0
        for i in range(int(saves)):
            path = os.path.join(folder, f"writer-{number}", "one.txt")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(f"{number} {i}")
            try:
                save("one", path)
            except Exception as error:
                print(f"{type(error).__name__}: {error}"[:300], file=sys.stderr)
                failed += 1
        print(json.dumps({"failed": failed}))

    return write


def reading(read_all):
    """An act: all versions read, once before the clock runs; `read_all` gives how many."""

    def read(count):
        read_all()
        began = time.perf_counter()
        found = read_all()
        seconds = time.perf_counter() - began
        assert found == int(count), f"{found} versions instead of {count}"
        print(json.dumps({"read": [seconds]}))

    return read


def values(save, load):
    """An act: a frame and an array saved and loaded, each once before the clock runs.

    A sync follows each save, within its time; each value differs from the one before. What is
    loaded is summed up, for it may have been mapped rather than read.
    """

    def measure(rows, array_bytes):
        import numpy as np
        import pandas as pd

        chance = np.random.default_rng(random.SystemRandom().getrandbits(64))
        frame = pd.DataFrame(chance.random((int(rows), 10)), columns=list("abcdefghij"))
        array = chance.random(int(array_bytes) // 8)
        seconds = {}
        for name, value in (("frame", frame), ("array", array)):
            for turn in range(3):
                if name == "frame":
                    value.iloc[0, 0] = turn
                else:
                    value[0] = turn
                os.sync()
                times = _clock(lambda n=name, v=value: (save(n, v), os.sync()))
                loads = _clock(lambda n=name: total(load(n)))
                assert abs(total(load(name)) - total(value)) < 1e-3, f"another {name}"
                if turn:
                    seconds.setdefault(f"save-{name}", []).append(times)
                    seconds.setdefault(f"load-{name}", []).append(loads)
        print(json.dumps(seconds))

    return measure


def total(value):
    """A sum that reads every byte."""
    return float(value.sum().sum())


def _clock(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def repeat_last_row(connection, table, changes):
    """Insert the newest row of a table again, once for each dict of changed columns."""
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    last = connection.execute(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1").fetchone()
    row = dict(zip(names, last, strict=True))
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(':' + n for n in names)})",
        ({**row, **change} for change in changes),
    )
    connection.commit()
