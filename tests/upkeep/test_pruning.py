"""Which versions go, and why; and what comes free."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.client import Client
from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.store import StoredFile
from artifactctl.upkeep.pruning import PruneRules
from tests.catalog.test_rows import use

DAY = timedelta(days=1)


@pytest.fixture
def pruned(client: Client, work: Path) -> Client:
    """Versions of `a`, oldest first, and a linked one of `b`.

    1: by hand, 100 days old; 2: tagged prod, 90 days old; 3: made by a run; 4: used by a run;
    5: made by a run that was deleted; 6: by hand, new.
    """
    for number in range(1, 7):
        (work / "f").write_bytes(b"x" * number)
        client.register("a", work / "f", tags=["prod"] if number == 2 else [])
    client.register("b", work / "f", link=True)
    ids = {number: client.get_artifact_version(f"a:{number}").id_text for number in range(1, 7)}
    use(client.catalog, ids[3], "output", name="maker")
    use(client.catalog, ids[4], "input", name="user")
    gone = use(client.catalog, ids[5], "output", name="gone")
    with client.catalog.transaction() as connection:
        connection.execute(
            "DELETE FROM step_version WHERE version_seq = 5",
        )
        connection.execute(
            "DELETE FROM run_step WHERE run_seq = (SELECT seq FROM run WHERE id = ?)", (gone,)
        )
        connection.execute("DELETE FROM run WHERE id = ?", (gone,))
    set_age(client, "a:1", 100)
    set_age(client, "a:2", 90)
    return client


def set_age(client: Client, ref: str, days: float) -> None:
    """Have a version be older; a row's facts then say so too."""
    from artifactctl.catalog.facts import FACTS, facts_of
    from tests.catalog.test_rows import find

    row = find(client.catalog, ref)
    created = (datetime.now(UTC) - days * DAY).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    facts = {name: getattr(row, name) for name in FACTS}
    with client.catalog.transaction() as connection:
        connection.execute(
            "UPDATE artifact_version SET created = ?, facts = ?, revision = revision + 1"
            " WHERE id = ?",
            (created, facts_of({**facts, "created": created}), row.id),
        )


BY_HAND = "registered by hand; needs a rule such as --unused"
NO_RUN = "no run refers to it"
TABLE = [
    (PruneRules(), {5: "its run was deleted"}),
    (PruneRules(unused=True), {1: NO_RUN, 2: NO_RUN, 5: "its run was deleted", 6: NO_RUN}),
    (
        PruneRules(unused=True, keep_tags=["prod", "x"]),
        {1: NO_RUN, 5: "its run was deleted", 6: NO_RUN},
    ),
    (
        PruneRules(keep_last=2),
        {1: f"not among the newest 2, {NO_RUN}", 2: f"not among the newest 2, {NO_RUN}"},
    ),
    (PruneRules(keep_last=0, keep_tags=["prod"], older_than=95 * DAY), {
        1: f"not among the newest 0, old enough, {NO_RUN}",
    }),
    (PruneRules(older_than=30 * DAY), {1: f"old enough, {NO_RUN}", 2: f"old enough, {NO_RUN}"}),
    (PruneRules(older_than=95 * DAY), {1: f"old enough, {NO_RUN}"}),
    (PruneRules(older_than=timedelta(days=999999)), {}),
    (PruneRules(keep_tags=["prod"]), {5: "its run was deleted"}),
    (
        PruneRules(include_runs=True),
        {
            3: "run maker refers to it",
            4: "run user refers to it",
            5: "its run was deleted",
        },
    ),
    (
        PruneRules(include_runs=True, keep_last=3),
        {
            1: f"not among the newest 3, {NO_RUN}",
            2: f"not among the newest 3, {NO_RUN}",
            3: "not among the newest 3, run maker refers to it",
        },
    ),
    (PruneRules(unused=True, keep_last=99), {}),
]  # fmt: skip


def plan(client: Client, rules: PruneRules):
    others = {"data_only", "protected"}
    wanted = {name: getattr(rules, name) for name in rules.__slots__ if name not in others}
    return client.prune_artifacts(names=["a"], dry_run=True, **wanted).choices


@pytest.mark.parametrize(
    ("rules", "going"), TABLE, ids=[str(number) for number in range(len(TABLE))]
)
def test_what_goes_and_why(pruned: Client, rules: PruneRules, going: dict[int, str]) -> None:
    choices = plan(pruned, rules)
    assert [choice.version.version for choice in choices] == ["6", "5", "4", "3", "2", "1"]
    found = {int(choice.version.version): choice.reason for choice in choices if choice.goes}
    assert found == going


@pytest.mark.parametrize(
    ("rules", "staying"),
    [
        (
            PruneRules(),
            {1: BY_HAND, 2: BY_HAND, 3: "made by run maker", 4: "used by run user", 6: BY_HAND},
        ),
        (
            PruneRules(keep_last=2, keep_tags=["prod"]),
            {
                2: "has the tag prod",
                3: "made by run maker",
                4: "used by run user",
                5: "among the newest 2",
                6: "among the newest 2",
            },
        ),
        (
            PruneRules(older_than=95 * DAY, include_runs=True),
            dict.fromkeys(range(2, 7), "not old enough"),
        ),
    ],
)
def test_what_stays_and_why(pruned: Client, rules: PruneRules, staying: dict[int, str]) -> None:
    choices = plan(pruned, rules)
    found = {int(choice.version.version): choice.reason for choice in choices if not choice.goes}
    assert found == staying


def test_versions_are_counted_for_each_artifact(client: Client, work: Path) -> None:
    for name in ("a", "b", "a", "b", "b"):
        (work / "f").write_text(name)
        client.register(name, work / "f")
    pruning = client.prune_artifacts(keep_last=1)
    gone = {f"{choice.version.artifact}:{choice.version.version}" for choice in pruning.going}
    assert gone == {"a:1", "b:1", "b:2"}


def test_bytes_that_others_share_come_free_once_or_not_at_all(client: Client, work: Path) -> None:
    folder = work / "d"
    folder.mkdir()
    for name, contents in (
        ("a", (b"shared by a", b"of all", b"1")),
        ("a", (b"shared by a", b"of all", b"22")),
        ("b", (b"of all",)),
    ):
        for path in folder.iterdir():
            path.unlink()
        for number, content in enumerate(contents):
            (folder / str(number)).write_bytes(content)
        (folder / "again").write_bytes(contents[0])
        client.register(name, folder)
    before = sizes(client)
    pruning = client.prune_artifacts(names=["a"], unused=True, dry_run=True)
    assert [choice.frees_bytes for choice in pruning.choices] == [len(b"shared by a22"), 1]
    assert sizes(client) == before
    done = client.prune_artifacts(False, True, names=["a"], unused=True)
    assert done.freed_bytes == len(b"shared by a22") + 1
    assert sizes(client) == len(b"of all")


def sizes(client: Client) -> int:
    return sum(
        item.size_bytes for item in client.store.list_blobs() if isinstance(item, StoredFile)
    )


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    versions=st.lists(
        st.lists(st.sampled_from([b"1", b"22", b"333"]), min_size=1, max_size=3),
        min_size=1,
        max_size=5,
    ),
    keep=st.integers(0, 3),
)
def test_what_is_said_to_come_free_does(tmp_path_factory, versions, keep: int) -> None:
    base = tmp_path_factory.mktemp("pruning")
    client = Client(base / "home")
    for contents in versions:
        folder = base / os.urandom(4).hex()
        folder.mkdir()
        for number, content in enumerate(contents):
            (folder / str(number)).write_bytes(content)
        client.register("a", folder)
    before = sizes(client)
    pruning = client.prune_artifacts(delete_from_artifact_store=True, keep_last=keep)
    planned = sum(choice.frees_bytes for choice in pruning.choices)
    assert planned == pruning.freed_bytes == before - sizes(client)
    assert len(pruning.deleted) == max(0, len(versions) - keep)
    assert client.verify() == []
    client.close()


def test_only_the_data_goes_and_what_is_known_stays(pruned: Client, work: Path) -> None:
    done = pruned.prune_artifacts(unused=True, only_artifact=True)
    reasons = {
        f"{choice.version.artifact}:{choice.version.version}": choice.reason
        for choice in done.choices
    }
    assert reasons["b:1"] == "linked data is never touched"
    assert done.freed_bytes == 1 + 2 + 5 + 6
    gone = pruned.get_artifact_version("a:1")
    assert gone.data_deleted is not None
    assert gone.data_deleted.tzinfo is UTC
    with pytest.raises(NotFoundError, match="data of a:1 was deleted"):
        pruned.download("a:1", work / "out")
    again = pruned.prune_artifacts(unused=True, only_artifact=True)
    assert {choice.reason for choice in again.choices if choice.version.version in "1256"} == {
        "its data was deleted before",
        "linked data is never touched",
    }
    assert pruned.verify() == []


def test_an_emptied_artifact_and_the_bytes_stay_unless_they_are_to_go(
    pruned: Client, work: Path
) -> None:
    before = sizes(pruned)
    (work / "f").write_text("mine")
    pruned.register("c", work / "f", tags=["t"])
    pruned.tag_artifact("c", ["kept"])
    done = pruned.prune_artifacts(names=["c"], unused=True)
    assert (len(done.deleted), done.freed_bytes, sizes(pruned)) == (1, 0, before + 4)
    left = pruned.get_artifact("c")
    assert (left.version_count, left.latest_version_name, left.tags) == (0, None, ("kept",))
    assert pruned.register("c", work / "f").version.version == "2"
    assert pruned.prune_artifacts(False, True, names=["c"], unused=True).freed_bytes == 4
    assert sizes(pruned) == before
    with pytest.raises(NotFoundError):
        pruned.get_artifact("c")


def test_an_emptied_artifact_is_there_after_a_rebuild(pruned: Client) -> None:
    pruned.prune_artifacts(True, False, names="a", unused=True, include_runs=True)
    assert pruned.get_artifact("a").version_count == 0
    pruned.close()
    pruned.settings.catalog_path.unlink()
    Client(pruned.settings.home_path).rebuild_catalog()
    assert Client(pruned.settings.home_path).get_artifact("a").version_count == 0


@pytest.mark.parametrize("names", [["a"], "a", ()])
def test_names_are_no_answer_to_whether_artifacts_stay(pruned: Client, names) -> None:
    with pytest.raises(WrongUsageError, match="only_versions is yes or no"):
        pruned.prune_artifacts(names, unused=True)
    assert pruned.list_artifact_versions(size=0).total == 7


def test_only_what_is_known_goes_and_the_bytes_wait(pruned: Client, work: Path) -> None:
    before = sizes(pruned)
    done = pruned.prune_artifacts(names=["a"], unused=True, only_metadata=True)
    assert (len(done.deleted), done.freed_bytes, sizes(pruned)) == (4, 0, before)
    assert pruned.collect_garbage(grace_s=0).blobs == 4
    with pytest.raises(WrongUsageError, match="exclude each other"):
        pruned.prune_artifacts(only_metadata=True, only_artifact=True)


def test_nothing_is_touched_unless_it_is_confirmed(pruned: Client) -> None:
    before = pruned.list_artifact_versions(size=0).total
    shown = []

    def refuse(plan) -> bool:
        shown.extend(plan.going)
        return False

    assert pruned.prune_artifacts(unused=True, confirm=refuse).deleted == ()
    assert len(shown) == 5
    assert pruned.prune_artifacts(unused=True, dry_run=True).deleted == ()
    assert pruned.list_artifact_versions(size=0).total == before
    assert len(pruned.prune_artifacts(unused=True, confirm=lambda _plan: True).deleted) == 5


def test_what_changed_while_somebody_was_asked_stays(pruned: Client) -> None:
    def tag_meanwhile(_plan) -> bool:
        other = Client(pruned.settings.home_path)
        other.tag("a:1", ["keep"])
        other.close()
        return True

    done = pruned.prune_artifacts(names=["a"], unused=True, confirm=tag_meanwhile)
    assert len(done.deleted) == 3
    assert pruned.get_artifact_version("a:1").tags == ("keep",)
    assert pruned.verify() == []


def test_an_artifact_that_does_not_exist_is_not_pruned(pruned: Client) -> None:
    with pytest.raises(NotFoundError):
        pruned.prune_artifacts(names=["nothing"], unused=True)
