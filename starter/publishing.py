"""Publishing: a policy or a selection that is free of faults enters its folder's ledger, and is frozen from then on.

Only adds lines. Must never replace one: a published file that changed is a fault, not a new publication.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from policies.catalog import LEDGER, Catalog, digests, entered
from policies.written import Faulty
from starter.answering import Unable
from starter.checking import SELECTIONS, selection_named


def publish(catalog: Catalog, name: str, now: int, roles: Sequence[str] = ()) -> list[str]:
    """Names that entered a ledger: the policy, its golden rehearsals, and those of its calendars that were not in it;
    or the selection, for a `name` like `selections/default`.

    Raises Faulty with every fault, Unable when the published file is another one or names what is not published.
    """
    selection = selection_named(catalog, name)
    files = _of_policy(catalog, name, now, roles) if selection is None else _of_selection(catalog, selection)
    return [file for file in files if _enter(_folder(catalog, file), file)]


def _of_policy(catalog: Catalog, name: str, now: int, roles: Sequence[str]) -> list[str]:
    full = catalog.latest(name)
    faults = catalog.check(full, now, roles)
    if faults:
        raise Faulty(faults)
    calendars = [f"calendars/{calendar}.yaml" for calendar in catalog.policy(full).calendars]
    own = _folder(catalog, f"{full}.yaml")
    golden = [file for file in digests(own) if file.startswith(f"rehearsals/{full}/")]
    return [*calendars, f"{full}.yaml", *golden]


def _of_selection(catalog: Catalog, path: Path) -> list[str]:
    """A frozen choice must not lead to a policy that may still change."""
    document, faults = catalog.examine_selection(path)
    if faults or document is None:
        raise Faulty(faults)
    named = dict.fromkeys(catalog.latest(rule.policy) for rule in document.rules)
    drafts = [name for name in named if f"{name}.yaml" not in entered(_folder(catalog, f"{name}.yaml"))]
    if drafts:
        raise Unable([
            f"{path.name} chooses {name}, which is not published: 'rung policy publish {name}' first" for name in drafts
        ])  # fmt: skip
    return [f"{SELECTIONS}/{path.name}"]


def _folder(catalog: Catalog, file: str) -> Path:
    return next(folder for folder in catalog.folders if (folder / file).exists())


def _enter(folder: Path, file: str) -> bool:
    ledger = folder / LEDGER
    known = entered(folder)
    digest = digests(folder)[file]
    if file in known and known[file] != digest:
        raise Unable([f"{file} was published with another text; restore it and write the change as the next version"])
    if file in known:
        return False
    with ledger.open("a", encoding="utf-8") as lines:
        lines.write(f"{digest}  {file}\n")
    return True
