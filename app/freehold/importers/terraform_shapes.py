"""The three JSON shapes of Terraform and OpenTofu -> one stream of records.

Nothing but what the records name is looked at: no remote state, no module source is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One resource instance of a state or a plan.

    `attributes` is as the source holds it, secrets included; `hidden` names what the source marks
    sensitive at the top level. Only an allow-list of attributes ever leaves the importer.
    """

    address: str
    mode: str
    type: str
    provider: str | None
    attributes: Json
    hidden: frozenset[str] = frozenset()
    status: str = "active"
    deposed: bool = False
    provider_region: str | None = None
    provider_zone: str | None = None


@dataclass
class Shape:
    """What kind of document it is and its records."""

    kind: str
    version: str
    records: list[Record] = field(default_factory=list)
    deleted: int = 0


def is_plan_document(document: Any) -> bool:
    """Tell whether parsed JSON is a plan written by `show -json`."""
    return isinstance(document, dict) and isinstance(document.get("planned_values"), dict)


def is_state_document(document: Any) -> bool:
    """Tell whether parsed JSON is a raw state (version 3 or 4) or `show -json` of a state."""
    if not isinstance(document, dict) or is_plan_document(document):
        return False
    if isinstance(document.get("resources"), list) and "terraform_version" in document:
        return document.get("version") == 4
    if isinstance(document.get("modules"), list):
        return document.get("version") == 3
    return "terraform_version" in document and isinstance(document.get("values"), dict)


def shape_of(document: Json) -> Shape:
    """Return the records of a state or plan document; malformed parts are left out."""
    if is_plan_document(document):
        return _plan(document)
    if document.get("version") == 4 and "resources" in document:
        return Shape("state", "state 4", list(_version_4(document)))
    if document.get("version") == 3:
        return Shape("state", "state 3", list(_version_3(document)))
    version = f"show {_text(document.get('format_version')) or 'without version'}"
    root = _object(_object(document.get("values")).get("root_module"))
    return Shape("state", version, [_shown(entry) for entry in _walk(root)])


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Json]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _walk(module: Json) -> Iterator[Json]:
    waiting = [module]
    while waiting:
        current = waiting.pop(0)
        yield from _objects(current.get("resources"))
        waiting = _objects(current.get("child_modules")) + waiting


def _hidden(marks: Any) -> frozenset[str]:
    """Return the top-level attributes marked sensitive, wholly or in any part."""
    return frozenset(key for key, mark in _object(marks).items() if _marked(mark))


def _marked(mark: Any) -> bool:
    waiting = [mark]
    while waiting:
        current = waiting.pop()
        if current is True:
            return True
        if isinstance(current, dict):
            waiting.extend(current.values())
        elif isinstance(current, list):
            waiting.extend(current)
    return False


def _shown(entry: Json) -> Record:
    type_ = _text(entry.get("type")) or ""
    return Record(
        address=_text(entry.get("address")) or f"{type_}.{entry.get('name')}",
        mode=_text(entry.get("mode")) or "managed",
        type=type_,
        provider=_text(entry.get("provider_name")),
        attributes=_object(entry.get("values")),
        hidden=_hidden(entry.get("sensitive_values")),
        deposed="deposed_key" in entry,
    )


def _version_4(document: Json) -> Iterator[Record]:
    for resource in _objects(document.get("resources")):
        type_, name = _text(resource.get("type")) or "", _text(resource.get("name")) or ""
        mode = _text(resource.get("mode")) or "managed"
        module = _text(resource.get("module"))
        base = ".".join(
            part for part in (module, "data" if mode == "data" else None, type_, name) if part
        )
        for instance in _objects(resource.get("instances")):
            index = instance.get("index_key")
            suffix = ""
            if isinstance(index, str):
                suffix = f'["{index}"]'
            elif isinstance(index, int):
                suffix = f"[{index}]"
            flat = instance.get("attributes_flat")
            attributes = instance.get("attributes")
            yield Record(
                address=base + suffix,
                mode=mode,
                type=type_,
                provider=_text(resource.get("provider")),
                attributes=_object(attributes) if attributes else _unflatten(_object(flat)),
                hidden=_marked_paths(instance.get("sensitive_attributes")),
                deposed="deposed" in instance,
            )


def _marked_paths(paths: Any) -> frozenset[str]:
    """Return the first steps of version 4 `sensitive_attributes`, in both spellings in use."""
    names = set()
    for path in paths if isinstance(paths, list) else []:
        step = path[0] if isinstance(path, list) and path else path
        value = step.get("value") if isinstance(step, dict) else step
        if isinstance(value, str):
            names.add(value)
    return frozenset(names)


def _version_3(document: Json) -> Iterator[Record]:
    for module in _objects(document.get("modules")):
        path = module.get("path")
        steps = [step for step in path if isinstance(step, str)] if isinstance(path, list) else []
        prefix = "".join(f"module.{step}." for step in steps if step != "root")
        for key, resource in _object(module.get("resources")).items():
            entry = _object(resource)
            primary = _object(entry.get("primary"))
            attributes = _unflatten(_object(primary.get("attributes")))
            attributes.setdefault("id", primary.get("id"))
            yield Record(
                address=prefix + key,
                mode="data" if key.startswith("data.") else "managed",
                type=_text(entry.get("type")) or "",
                provider=_text(entry.get("provider")),
                attributes=attributes,
            )


def _unflatten(flat: Json) -> Json:
    """Rebuild the maps that old states hold as `tags.%`, `tags.Name`; lists are not needed."""
    result: Json = {key: value for key, value in flat.items() if "." not in key}
    for key, value in flat.items():
        head, _, rest = key.partition(".")
        if rest and rest not in ("%", "#") and f"{head}.%" in flat:
            child = result.setdefault(head, {})
            if isinstance(child, dict):
                child[rest] = value
    return result


def _plan(document: Json) -> Shape:
    configuration = _object(document.get("configuration"))
    providers = _object(configuration.get("provider_config"))
    keys = _provider_keys(_object(configuration.get("root_module")))
    variables = _object(document.get("variables"))
    actions = {
        change.get("address"): _object(change.get("change")).get("actions")
        for change in _objects(document.get("resource_changes"))
    }
    root = _object(_object(document.get("planned_values")).get("root_module"))
    records = []
    for entry in _walk(root):
        record = _shown(entry)
        path, bare = _split_address(record.address, record.type, _text(entry.get("name")) or "")
        key = keys.get((path, bare)) or record.type.partition("_")[0]
        planned = actions.get(record.address)
        created = isinstance(planned, list) and "create" in planned and "delete" not in planned
        records.append(
            Record(
                **{
                    **record.__dict__,
                    "status": "planned" if created else "active",
                    "provider_region": _provider_setting(providers, variables, path, key, "region"),
                    "provider_zone": _provider_setting(providers, variables, path, key, "zone"),
                }
            )
        )
    deleted = sum(1 for action in actions.values() if action == ["delete"])
    version = f"plan {_text(document.get('format_version')) or 'without version'}"
    return Shape("plan", version, records, deleted)


def _split_address(address: str, type_: str, name: str) -> tuple[tuple[str, ...], str]:
    """Return the module path, indexes left off, and `type.name`."""
    steps = []
    rest = address
    while rest.startswith("module."):
        step = rest[len("module.") :]
        end = 0
        while end < len(step) and (step[end].isalnum() or step[end] in "_-"):
            end += 1
        steps.append(step[:end])
        rest = step[end:]
        if rest.startswith("["):
            close = rest.find("].")
            rest = rest[close + 1 :] if close >= 0 else ""
        rest = rest[1:] if rest.startswith(".") else ""
    return tuple(steps), f"{type_}.{name}"


def _provider_keys(module: Json) -> dict[tuple[tuple[str, ...], str], str]:
    """Return (module path, `type.name`) -> the provider configuration it uses."""
    keys: dict[tuple[tuple[str, ...], str], str] = {}
    waiting: list[tuple[tuple[str, ...], Json]] = [((), module)]
    while waiting:
        path, current = waiting.pop()
        for resource in _objects(current.get("resources")):
            key = _text(resource.get("provider_config_key"))
            if key:
                keys[path, f"{resource.get('type')}.{resource.get('name')}"] = key
        for name, call in _object(current.get("module_calls")).items():
            waiting.append(((*path, name), _object(_object(call).get("module"))))
    return keys


def _provider_setting(
    providers: Json, variables: Json, path: tuple[str, ...], key: str, setting: str
) -> str | None:
    """Return a constant setting of the provider block in force, looking outwards by module."""
    module, _, local = key.rpartition(":")
    candidates = [key]
    if module:
        candidates.append(f"module.{module.removeprefix('module.')}:{local}")
    for depth in range(len(path), 0, -1):
        inside = ".".join(f"module.{step}" for step in path[:depth])
        candidates.append(f"{inside}:{local}")
    candidates.append(local)
    for candidate in candidates:
        block = _object(providers.get(candidate))
        expression = _object(_object(block.get("expressions")).get(setting))
        constant = _text(expression.get("constant_value"))
        if constant:
            return constant
        references = expression.get("references")
        if isinstance(references, list) and not block.get("module_address"):
            for reference in references:
                if isinstance(reference, str) and reference.startswith("var."):
                    value = _object(variables.get(reference[4:])).get("value")
                    if _text(value):
                        return _text(value)
        if expression:
            return None
    return None
