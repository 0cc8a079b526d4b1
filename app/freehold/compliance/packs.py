"""Reading rule packs and framework maps from folders, with one sentence per problem."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from freehold.compliance.rule import FrameworkMap, Model, PackHead, Rule
from freehold.compliance.yaml_file import parse_yaml, read_yaml
from freehold.errors import RuleError
from freehold.resources import data_root, user_data_folder

_HEAD = "pack.yaml"
_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True)
class Pack:
    """A rule pack: its heading and its rules in the order of their ids.

    A pack from `outside` does not ship with Freehold: it is judged in a child process.
    """

    head: PackHead
    rules: tuple[Rule, ...]
    folder: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict, compare=False)
    outside: bool = False

    @property
    def id(self) -> str:
        """The pack's id."""
        return self.head.id

    def file_of(self, rule_id: str) -> str:
        """The file that a rule was read from, or "" if it was made otherwise."""
        return str(self.files.get(rule_id, ""))

    def in_force(self, as_of: date) -> bool:
        """Whether `as_of` lies within the pack's validity."""
        return (self.head.valid_from is None or self.head.valid_from <= as_of) and (
            self.head.valid_to is None or as_of <= self.head.valid_to
        )


@dataclass(frozen=True)
class Reading:
    """What a folder held: packs, framework maps, and a RuleError for each thing wrong."""

    packs: tuple[Pack, ...] = ()
    frameworks: tuple[FrameworkMap, ...] = ()
    problems: tuple[RuleError, ...] = ()
    files: int = 0


@dataclass
class _Collector:
    problems: list[RuleError] = field(default_factory=list)
    files: int = 0

    def model(self, kind: type[_M], path: Path) -> _M | None:
        self.files += 1
        try:
            loaded = read_yaml(path)
        except RuleError as error:
            self.problems.append(error)
            return None
        try:
            return kind.model_validate(loaded)
        except ValidationError as error:
            self.problems += _sentences(error, path, loaded)
            return None


def read(folder: Path | str) -> Reading:
    """Read packs and check their rules against the published views, keeping every problem.

    Raises:
        RuleError: there is no such folder, or it holds no rule at all.
    """
    from freehold.compliance.checking import check

    return check(folder)


def read_files(folder: Path | str) -> Reading:
    """Read a pack, a folder of packs, or a folder of rule files; predicates are not parsed yet.

    Raises:
        RuleError: there is no such folder, or it holds no rule at all.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RuleError("There is no such folder", where=str(folder))
    collector = _Collector()
    try:
        own = [path for path in sorted(folder.glob("*.yaml")) if path.is_file()]
        inner = [] if own else sorted(path for path in folder.iterdir() if path.is_dir())
        packs = [
            _pack(path, collector)
            for path in ([folder] if own else inner)
            if not path.name.startswith(("_", ".")) and any(path.glob("*.yaml"))
        ]
        maps = [
            model
            for path in sorted((folder / "_frameworks").glob("*.yaml"))
            if (model := collector.model(FrameworkMap, path)) is not None
        ]
    except OSError as error:
        raise RuleError(
            f"The folder cannot be read: {error.strerror}", where=str(folder)
        ) from error
    if not collector.files:
        raise RuleError("The folder holds no rule files", where=str(folder))
    found = [pack for pack in packs if pack is not None]
    collector.problems += _repeats(found)
    if not own:
        collector.problems += _dangling(maps, found, folder)
    return Reading(tuple(found), tuple(maps), tuple(collector.problems), collector.files)


def rule_of(text: str, where: str) -> Rule:
    """Return the rule that YAML text holds; its columns are not checked yet.

    Raises:
        RuleError: the first thing wrong in it.
    """
    loaded = parse_yaml(text, where=where)
    try:
        return Rule.model_validate(loaded)
    except ValidationError as error:
        raise _sentences(error, Path(where), loaded)[0] from None


def load(folder: Path | str) -> list[Pack]:
    """Return the packs of a folder.

    Raises:
        RuleError: the first thing wrong in it.
    """
    reading = read_files(folder)
    if reading.problems:
        raise reading.problems[0]
    return list(reading.packs)


@cache
def _shipped() -> Reading:
    reading = read_files(data_root() / "rules")
    if reading.problems:
        raise reading.problems[0]
    return reading


def shipped() -> list[Pack]:
    """Return the packs that ship with Freehold."""
    return list(_shipped().packs)


def shipped_frameworks() -> list[FrameworkMap]:
    """Return the framework maps that ship with Freehold."""
    return list(_shipped().frameworks)


def own_folder() -> Path:
    """Return the folder of the user's own packs, one folder each."""
    return user_data_folder() / "packs"


_own: dict[tuple[tuple[str, int, int], ...], Reading] = {}


def own() -> Reading:
    """Return the user's own packs, read in a child process when their files have changed.

    A pack that is wrong, or repeats a shipped id, is left out and stands among the problems.
    """
    from freehold.compliance.outside import read_outside

    folder = own_folder()
    paths = sorted(folder.glob("*/*.yaml")) if folder.is_dir() else []
    if not paths:
        return Reading()
    stats = [(str(path), path.stat()) for path in paths]
    key = tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
    if key not in _own:
        _own.clear()
        try:
            reading = read_outside(folder)
        except RuleError as error:
            reading = Reading(problems=(error,))
        _own[key] = _sound_only(reading)
    return _own[key]


def _sound_only(reading: Reading) -> Reading:
    """Leave out packs with problems: half a pack would pass for the whole."""
    repeats = _repeats([*shipped(), *reading.packs])
    problems = (*reading.problems, *repeats)
    places = [problem.where or "" for problem in problems]
    kept = tuple(
        pack
        for pack in reading.packs
        if not any(str(pack.folder) in place or f"{pack.id}, " in place for place in places)
    )
    return Reading(kept, reading.frameworks, problems, reading.files)


def available() -> list[Pack]:
    """Return the shipped packs and the user's own, from `packs` in the user data folder.

    A pack of the user's own that is wrong is left out; `own` tells why.
    """
    return [*shipped(), *own().packs]


def choose(ids: Iterable[str], packs: Iterable[Pack] | None = None) -> list[Pack]:
    """Return the packs of these ids; an id may be the path of a folder with a pack from outside.

    Raises:
        RuleError: there is no pack of that id, or what is in the folder is wrong.
    """
    wanted = list(dict.fromkeys(ids))
    found: list[Pack] = []
    by_id: dict[str, Pack] | None = None if packs is None else {pack.id: pack for pack in packs}
    for name in wanted:
        if by_id is None and _is_path(name):
            found += _from_folder(Path(name))
            continue
        if by_id is None:
            by_id = {pack.id: pack for pack in shipped()}
        if name not in by_id and packs is None:
            by_id |= {pack.id: pack for pack in own().packs}
        if name not in by_id:
            raise _no_pack(name, by_id, own().problems if packs is None else ())
        found.append(by_id[name])
    if repeats := _repeats(found):
        raise repeats[0]
    return found


def longest_waivers(packs: Iterable[Pack]) -> dict[str, int]:
    """Return the most days from approval to expiry that a pack allows its waivers, by pack."""
    return {
        pack.id: pack.head.waiver_max_days
        for pack in packs
        if pack.head.waiver_max_days is not None
    }


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name or name in (".", "..")


def _from_folder(folder: Path) -> list[Pack]:
    from freehold.compliance.outside import read_outside

    reading = read_outside(folder)
    if reading.problems:
        raise reading.problems[0]
    return list(reading.packs)


def _no_pack(name: str, known: Mapping[str, Pack], problems: Sequence[RuleError]) -> RuleError:
    for problem in problems:
        if name in (problem.where or ""):
            return problem
    there = f"There are {', '.join(sorted(known))}; a folder is written with a slash, as ./{name}"
    return RuleError(f"There is no pack '{name}'", mend=there)


def _pack(folder: Path, collector: _Collector) -> Pack | None:
    head: PackHead | None = PackHead(id=_as_id(folder.name))
    if (folder / _HEAD).is_file():
        head = collector.model(PackHead, folder / _HEAD)
    paths = [path for path in sorted(folder.glob("*.yaml")) if path.name != _HEAD]
    read = [(rule, path) for path in paths if (rule := collector.model(Rule, path)) is not None]
    rules = tuple(sorted((rule for rule, _ in read), key=lambda rule: rule.id))
    files = {rule.id: path for rule, path in read}
    return Pack(head, rules, folder, files) if head else None


def _as_id(name: str) -> str:
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in name).strip("-")
    return plain[:64] or "pack"


def _repeats(packs: Iterable[Pack]) -> list[RuleError]:
    problems: list[RuleError] = []
    seen: dict[str, str] = {}
    heads: set[str] = set()
    for pack in packs:
        if pack.id in heads:
            problems.append(RuleError(f"Two packs have the id '{pack.id}'", where=str(pack.folder)))
        heads.add(pack.id)
        for rule in pack.rules:
            if rule.id in seen:
                other = seen[rule.id]
                text = f"The rule id '{rule.id}' stands twice, in {other} and {pack.id}"
                problems.append(RuleError(text, where=str(pack.folder)))
            seen[rule.id] = pack.id
    return problems


def _dangling(maps: list[FrameworkMap], packs: list[Pack], folder: Path) -> list[RuleError]:
    known = {rule.id for pack in packs for rule in pack.rules}
    return [
        RuleError(
            f"Clause {clause.id} of {chart.id} names a rule that is not there: {rule}",
            where=str(folder / "_frameworks"),
        )
        for chart in maps
        for clause in chart.clauses
        for rule in clause.rules
        if rule not in known
    ]


def _sentences(error: ValidationError, path: Path, loaded: dict[str, Any]) -> list[RuleError]:
    sentences: dict[str, RuleError] = {}
    for problem in error.errors(include_url=False):
        field_name, text = _sentence(problem)
        # A union reports each of its arms; the first says enough.
        if field_name not in sentences:
            named = loaded.get("id")
            where = f"{path}, rule {named}" if isinstance(named, str) else str(path)
            sentences[field_name] = RuleError(text, where=where)
    return list(sentences.values())


def _sentence(problem: Any) -> tuple[str, str]:
    parts = [str(part) for part in problem["loc"] if not _is_arm(str(part))]
    place = ".".join(parts)
    match problem["type"]:
        case "extra_forbidden":
            return place, f"'{place}' is not part of the format"
        case "missing":
            return place, f"'{place}' is missing"
        case "value_error":
            reason = str(problem["msg"]).removeprefix("Value error, ")
            return place, f"'{place}': {reason}" if place else reason[:1].upper() + reason[1:]
        case "literal_error":
            return place, f"'{place}' must be {problem['ctx']['expected']}"
    reason = str(problem["msg"])
    return place, f"'{place}': {reason[:1].lower()}{reason[1:]}"


def _is_arm(part: str) -> bool:
    # Names that pydantic adds for the arms of a union.
    return part in {"bool", "int", "float", "str", "date"} or "[" in part or "-" in part
