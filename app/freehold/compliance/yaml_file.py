"""Reading YAML 1.2 from files that may be hostile: no aliases, tags, directives or deep nesting."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent

from freehold.compliance.yaml_cache import yaml_cache
from freehold.errors import RuleError

_MOST_BYTES = 256_000
_MOST_DEPTH = 12


class _Refused(Exception):  # noqa: N818 - never leaves this module
    pass


class _PlainComposer(Composer):
    """Composes nodes, refusing what a rule file has no use for."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node unless it is an alias, tagged by hand or nested too deeply."""
        event = self.parser.peek_event()
        if isinstance(event, AliasEvent):
            raise _Refused("it uses an alias (*name)")
        if getattr(event, "anchor", None) is not None:
            raise _Refused("it uses an anchor (&name)")
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            raise _Refused(f"it uses the tag {tag}")
        if self.depth > _MOST_DEPTH:
            raise _Refused(f"it is nested more than {_MOST_DEPTH} levels deep")
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping that a YAML 1.2 file holds; `NO` stays text.

    Raises:
        RuleError: the file cannot be read, is too large, not YAML 1.2, not a mapping, or uses
            aliases, tags or directives.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise RuleError(f"The file cannot be read: {reason}", where=str(path)) from error
    if len(raw) > _MOST_BYTES:
        raise RuleError("The file is larger than 256 kB", where=str(path))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleError("The file is not text in UTF-8", where=str(path)) from error
    kept = yaml_cache()
    key = kept.key(text)
    loaded = kept.get(key)
    if loaded is None:
        loaded = parse_yaml(text, where=str(path))
        kept.put(key, loaded)
    return loaded


def parse_yaml(text: str, *, where: str) -> dict[str, Any]:
    """Return the mapping that YAML 1.2 `text` holds; see `read_yaml`."""
    if any(line.startswith("%") for line in text.splitlines()):
        # A directive may switch to YAML 1.1, where NO is false.
        raise RuleError("The file uses a YAML directive", where=where, mend="Remove the % line")
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _PlainComposer
    try:
        loaded = yaml.load(text)
    except _Refused as error:
        raise RuleError(f"The file cannot be taken: {error}", where=where) from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = (getattr(error, "problem", None) or str(error).splitlines()[0]).strip()
        raise RuleError(f"The file is not YAML: {problem}", where=f"{where}{line}") from None
    except (ValueError, RecursionError, OverflowError) as error:
        raise RuleError(
            f"The file holds a value that cannot be read: {error}", where=where
        ) from None
    if not isinstance(loaded, dict):
        raise RuleError("The file is not a mapping of names to values", where=where)
    return loaded
