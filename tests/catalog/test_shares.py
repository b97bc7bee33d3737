"""Counting what versions share, against counting by hand."""

from collections import Counter
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from artifactctl.catalog.engine.shares import Shares

MANIFESTS = st.lists(st.sets(st.integers(0, 5), max_size=4), min_size=1, max_size=4)
HOLDERS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), max_size=7)


@given(MANIFESTS, HOLDERS, st.sets(st.integers(0, 5), max_size=2))
def test_own_bytes_are_those_that_nothing_else_has(manifests, holders, others):
    holders = [(artifact, number % len(manifests)) for artifact, number in holders]
    size = {blob: 10**blob for blob in range(6)}
    of_version = {seq + 1: manifests[number] for seq, (_, number) in enumerate(holders)}
    with closing(Shares()) as shares:
        shares.add_versions(
            (seq + 1, artifact, f"m{number}") for seq, (artifact, number) in enumerate(holders)
        )
        known = set(shares.manifests())
        shares.add_blobs(
            (f"m{number}", {f"b{blob}": size[blob] for blob in blobs})
            for number, blobs in enumerate(manifests)
            if f"m{number}" in known
        )
        shares.add_others(f"b{blob}" for blob in others)
        shares.count()
        uses = Counter(blob for blobs in of_version.values() for blob in blobs)
        for artifact in {artifact for artifact, _ in holders}:
            mine = {
                seq + 1: of_version[seq + 1] for seq, (a, _) in enumerate(holders) if a == artifact
            }
            expected = {
                seq: (
                    sum(size[blob] for blob in blobs),
                    sum(size[blob] for blob in blobs if uses[blob] == 1 and blob not in others),
                )
                for seq, blobs in mine.items()
                if blobs
            }
            found = {seq: (whole, own) for seq, _, whole, own in shares.of_versions(artifact)}
            assert found == expected
            all_mine = set().union(*mine.values())
            elsewhere = {
                blob
                for seq, (a, _) in enumerate(holders)
                if a != artifact
                for blob in of_version[seq + 1]
            }
            totals = {seq: (whole, own) for seq, _, whole, own in shares.of_artifacts()}
            if all_mine:
                assert totals[artifact] == (
                    sum(size[blob] for blob in all_mine),
                    sum(size[blob] for blob in all_mine - elsewhere - others),
                )
        freed = sum(shares.give_up(seq) for seq in of_version)
        assert freed == sum(size[blob] for blob in set(uses) - others)
