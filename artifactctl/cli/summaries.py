"""What each command does, in a line: the beginning of the docstring at MODULE:FUNCTION.

The pages of groups and a Tab show it, and do without importing the commands. After a change of a
docstring `cog -r artifactctl/cli/summaries.py` writes it anew.
"""

# [[[cog
# from artifactctl.cli.app import tree
#
# def commands(node):
#     for child in getattr(node, "commands", {}).values():
#         yield from commands(child)
#     if not hasattr(node, "commands"):
#         place = f"{node.callback.__module__.rpartition('.')[2]}:{node.callback.__name__}"
#         yield place, node.help.partition("\n")[0]
#
# cog.outl("SUMMARIES = {")
# for place, summary in sorted(set(commands(tree()))):
#     cog.outl(f'    "{place}": "{summary}",')
# cog.outl("}")
# ]]]
SUMMARIES = {
    "asking:sql": "Ask the catalog a question in SQL, which only reads.",
    "catalog:backup": "Copy the catalog into a file, also while others write to it.",
    "catalog:copy": "Copy the whole catalog to another place or engine.",
    "catalog:rebuild": "Rebuild the catalog from the store's records.",
    "catalog:restore": "Restore a backup after verifying it.",
    "catalog:schema": "Print SQL with which an administrator makes the catalog.",
    "compare:compare": "Put up to 100 runs or versions side by side.",
    "configuring:get_setting": "Print the value of a setting that is in force.",
    "configuring:list_settings": "Show all settings and where each value comes from.",
    "configuring:set_setting": "Write a setting into HOME/config.yaml.",
    "configuring:unset_setting": "Remove a setting from HOME/config.yaml.",
    "diff:diff": "Show what changed from one version to another.",
    "guides:help_": "Show a guide, or the help of a command.",
    "history:log": "Show an artifact's history: who made each version, what changed.",
    "history:restore": "Bring back deleted versions, while their bytes are there.",
    "home:info": "Show which home, catalog and store are used, and why.",
    "home:init": "Make a home, .artifactctl, in a folder: all below it use it.",
    "home:trust": "Make a home that came from elsewhere your own.",
    "home:verify": "Hash what the store holds; name every damaged version.",
    "inside:cat": "Write one file of a version to standard output.",
    "inside:ls": "List the files of a version, or of a folder in it.",
    "labels:log_metadata": "Attach metadata to a version or a run.",
    "labels:remove_metadata": "Remove keys of the metadata of a version or a run.",
    "labels:tag": "Add and remove tags of a version or a run, or show them.",
    "labels:update_artifact": "Rename, describe or label an artifact.",
    "labels:update_version": "Add and remove tags of a version, and describe it.",
    "lineage:lineage": "Show what a version or run was made from, and what from it.",
    "listing:list_artifacts": "List artifacts, newest first.",
    "listing:list_pipelines": "List pipelines that have runs, newest first.",
    "listing:list_runs": "List runs, newest first.",
    "listing:list_tags": "List tags, newest first.",
    "listing:list_versions": "List artifact versions, newest first.",
    "measuring:usage": "Show where the room is, and what could go.",
    "metadata:list_metadata": "Show the metadata of a version, or of a run and its steps.",
    "moving:copy": "Move everything of this home to another one.",
    "moving:export": "Write versions into a bundle, for a place without a network.",
    "moving:import_": "Add the versions of a bundle to this home.",
    "moving:pull": "Move versions of another home to this one.",
    "moving:push": "Move versions of this home to another one.",
    "pages:page": "Write the catalog as one page to look around in.",
    "pages:ui": "Look around in the living catalog in a browser.",
    "removal:delete_artifact": "Delete an artifact with all its versions.",
    "removal:delete_versions": "Delete versions, all or none.",
    "removal:gc": "Delete bytes that nothing refers to.",
    "removal:prune": "Delete versions that no run refers to.",
    "running:execute": "Execute one command and register what it writes.",
    "running:run": "Run the steps of a YAML file; their outputs become versions.",
    "runs:delete_pipeline": "Delete a pipeline: all its runs and its tags; the versions that they made stay.",
    "runs:delete_runs": "Delete runs with their steps, all or none.",
    "runs:describe_run": "Show everything about one run: its steps, inputs and outputs.",
    "runs:print_logs": "Print what the steps of a run printed.",
    "runs:update_run": "Describe a run in Markdown.",
    "searching:find": "Search names, tags, descriptions, versions and metadata.",
    "showing:show": "Show what a file is and how it begins, or what is in a folder.",
    "tags:create_tag": "Make a tag.",
    "tags:delete_tag": "Delete a tag, also from everything that has it; that itself stays.",
    "tags:protect_tag": "Protect a tag, and what has it.",
    "tags:update_tag": "Rename a tag everywhere, change its colour, make it exclusive.",
    "versions:describe_artifact": "Show everything about an artifact and its newest versions.",
    "versions:describe_version": "Show everything about one version, its files included.",
    "versions:download": "Write a version's files to a file, a folder, a zip or stdout.",
    "versions:register": "Store files or folders as a new version of an artifact.",
    "visualizing:visualize": "Show what a version holds: rows, pictures, texts, parameters.",
}
# [[[end]]]
