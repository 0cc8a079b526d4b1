"""Run the commands around shocks, blast radius and the editing of scenarios."""

from argparse import Namespace
from collections.abc import Callable

from pydantic import BaseModel

from freehold.errors import InputError

Outcome = tuple[BaseModel, int]
DONE = 0


def _shock(options: Namespace) -> Outcome:
    from freehold.workflows import shocks

    if options.list:
        if options.names:
            raise InputError("--list takes no name", mend="Leave the name or --list away")
        return shocks.list_shocks(options.file), DONE
    result = shocks.shock(
        options.file,
        options.names,
        dict(options.set),
        weights=options.weights,
        with_recovery=not options.no_recovery,
    )
    return result, DONE


def _blast(options: Namespace) -> Outcome:
    from freehold.workflows import blasting

    where = {"scenario": options.scenario, "as_of": options.as_of}
    if options.rank:
        if options.member:
            raise InputError("--rank takes a dimension, not a member", mend="Leave the member away")
        made = blasting.blast_ranking(options.file, options.dimension, most=options.most, **where)
        return made, DONE
    if not options.dimension or not options.member:
        raise InputError(
            "No node is named", mend="Give a dimension and a member, or --rank to see them all"
        )
    return blasting.blast_radius(options.file, options.dimension, options.member, **where), DONE


def _edit(verb: str) -> Callable[[Namespace], Outcome]:
    def run(options: Namespace) -> Outcome:
        from freehold.workflows import scenarios

        path, name = options.file, options.name
        if verb in {"enable", "disable"}:
            return scenarios.switch(path, name, options.number, verb == "enable"), DONE
        if verb == "drop":
            return scenarios.drop(path, name, options.number), DONE
        if verb == "move":
            return scenarios.move(path, name, options.number, options.to), DONE
        if verb == "remove":
            return scenarios.remove(path, name), DONE
        if verb == "add-shock":
            made = scenarios.add_shocks(path, name, options.shocks, dict(options.set))
            return made, DONE
        pair = {"rename": scenarios.rename, "copy": scenarios.copy, "branch": scenarios.branch}
        return pair[verb](path, name, options.new_name), DONE

    return run


_VERBS = (
    "rename", "copy", "branch", "remove", "enable", "disable", "drop", "move", "add-shock",
)  # fmt: skip

HANDLERS: dict[str, Callable[[Namespace], Outcome]] = {
    "shock": _shock,
    "blast": _blast,
    **{f"scenario {verb}": _edit(verb) for verb in _VERBS},
}
