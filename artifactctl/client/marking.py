"""Changing what is said of artifacts, versions, runs and steps: names, tags, metadata."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack, cast

from artifactctl.client.tracking import Tracker
from artifactctl.client.wishes import AlsoCalled, Named, artifact_name, named, ref_of, refuse
from artifactctl.errors import WrongUsageError
from artifactctl.refs import check_name
from artifactctl.results.artifacts import Artifact
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.tags import Tags

if TYPE_CHECKING:
    from artifactctl.client import Client
    from artifactctl.client.resources import Resource
    from artifactctl.results.recorded import PipelineRun
    from artifactctl.results.reports import Tagging


class Marker(Tracker):
    """The verbs that leave bytes alone and change what is known of them."""

    def tag(
        self,
        ref: str,
        add: Tags | None = (),
        remove: Tags | None = (),
        *,
        exclusive: bool = False,
        expect: str | None = None,
        version: str | int | None = None,
    ) -> "Tagging":
        """Add and remove tags of a version; removing one that it has not is no error.

        With `exclusive`, or for a `Tag` that is, the other versions of the same artifact lose
        what is added, at once. `expect` is the version that must have the tags until now, empty
        for none; raises `ConflictError` when it is another.
        """
        verbs = _labelling()
        labels = verbs.labels_of(add, remove, exclusive=exclusive)
        tagging: Tagging = verbs.tag(self, ref_of(ref, version), labels, expect)
        return tagging

    def tag_artifact(self, name: str, add: Tags = (), remove: Tags = ()) -> Artifact:
        """Add and remove tags of an artifact, a set apart from those of its versions."""
        return self.update_artifact(name, add_tags=add, remove_tags=remove)

    def update_artifact(
        self,
        name_id_or_prefix: Named = None,
        new_name: str | None = None,
        add_tags: Tags | None = None,
        remove_tags: Tags | None = None,
        has_custom_name: bool | None = None,
        project: None = None,
        **also: Unpack[AlsoCalled],
    ) -> Artifact:
        """Rename an artifact, and add and remove its tags; raises `ConflictError`."""
        asked = artifact_name(named(name_id_or_prefix, also, project=project))
        verbs = _labelling()
        labels = verbs.labels_of(add_tags, remove_tags)
        if labels.exclusive:
            raise WrongUsageError("an exclusive tag is for versions, not for artifacts")
        goal = None if new_name is None else check_name(new_name)
        if has_custom_name is not None:
            verbs.check_custom_name(self.find_artifact(asked), has_custom_name)
        updated: Artifact = verbs.update_artifact(self, asked, labels, goal)
        return updated

    def update_artifact_version(
        self,
        name_id_or_prefix: Named = None,
        version: str | int | None = None,
        add_tags: Tags | None = None,
        remove_tags: Tags | None = None,
        project: None = None,
        **also: Unpack[AlsoCalled],
    ) -> ArtifactVersion:
        """Add and remove tags of a version."""
        asked = named(name_id_or_prefix, also, project=project)
        return self.tag(asked, add_tags, remove_tags, version=version).version

    def log_metadata(
        self, ref: str, metadata: Mapping[str, Any], version: str | int | None = None
    ) -> ArtifactVersion:
        """Set keys of a version's metadata; an object is merged into the one that was there."""
        changed: ArtifactVersion = _labelling().log_metadata(self, ref_of(ref, version), metadata)
        return changed

    def tag_run(
        self, run: Named, add: Tags | None = None, remove: Tags | None = None
    ) -> "PipelineRun":
        """Add and remove tags of a run, by its name or ID.

        An exclusive `Tag` is taken from the other runs of the pipeline.
        """
        labels = _labelling().labels_of(add, remove)
        tagged: PipelineRun = _run_labelling().tag_run(self, str(run), labels)
        return tagged

    def log_run_metadata(self, run: Named, metadata: Mapping[str, Any]) -> "PipelineRun":
        """Set keys of a run's metadata, by its name or ID."""
        changed: PipelineRun = _run_labelling().log_run_metadata(self, str(run), metadata)
        return changed

    def log_step_metadata(self, step_run_id: Named, metadata: Mapping[str, Any]) -> None:
        """Set keys of a step's metadata, by its ID."""
        _run_labelling().log_step_metadata(self, str(step_run_id), metadata)

    def create_run_metadata(
        self,
        metadata: Mapping[str, Any],
        resources: "Sequence[Resource]",
        stack_component_id: None = None,
        publisher_step_id: Named = None,  # noqa: ARG002 (who logs it is not recorded)
    ) -> None:
        """Set keys of the metadata of versions, runs and steps, by their IDs.

        Each of `resources` is a `RunMetadataResource`, or a pair of an ID and `artifact_version`,
        `pipeline_run` or `step_run`.
        """
        refuse(stack_component_id=stack_component_id)
        # As with `_labelling`.
        from artifactctl.client.resources import create_run_metadata  # noqa: PLC0415

        create_run_metadata(cast("Client", self), metadata, resources)


# Only verbs that change something load the code for it.
def _labelling() -> Any:
    from artifactctl.client import labelling  # noqa: PLC0415

    return labelling


def _run_labelling() -> Any:
    from artifactctl.client import run_labelling  # noqa: PLC0415

    return run_labelling
