"""What the estate and the catalogue tell of each service and party, criterion by criterion."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from freehold.compliance.compiled import Compiled
from freehold.compliance.csf.framework import Framework
from freehold.compliance.engine import compiled, in_force, quoted
from freehold.compliance.evaluating import unverified_columns
from freehold.compliance.fuse import Source, grades
from freehold.compliance.packs import Pack
from freehold.compliance.rule import Rule
from freehold.errors import RuleError

_PROVEN = ("published", "derived", "attested", "contractual", "certified", "audited")


@dataclass(frozen=True)
class Service:
    """A service in scope, or of which nobody has said whether it is."""

    service: str
    name: str | None
    provider: str | None
    offer: str | None
    required_seal: int | None


@dataclass(frozen=True)
class Party:
    """A party of a service's delivery chain; rank 1 is the provider itself."""

    link: str
    service: str
    party: str | None
    provider: str | None
    rank: int | None


@dataclass(frozen=True)
class Answer:
    """An answer somebody gave; `proven` where its basis is more than an assumption."""

    option: int
    basis: str
    proven: bool
    reason: str | None
    source: str | None


@dataclass(frozen=True)
class Derived:
    """What a graded rule says of one party: the options still possible.

    `holds` tells that one option holds for certain; without it, `options` only lists those that
    may still turn out to hold.
    """

    rule_id: str
    options: frozenset[int]
    holds: bool
    known: frozenset[int]


def services(connection: duckdb.DuckDBPyConnection, views: str) -> list[Service]:
    """Return the services whose SEAL counts; one is left out only where that is said."""
    rows = connection.execute(
        f"SELECT service, name, provider, offer, required_seal FROM {quoted(views)}.services"
        " WHERE in_scope IS NOT FALSE AND available IS NOT FALSE ORDER BY service"
    ).fetchall()
    return [Service(*row) for row in rows]


def parties(connection: duckdb.DuckDBPyConnection, views: str) -> dict[str, list[Party]]:
    """Return the delivery chain of each service."""
    found: dict[str, list[Party]] = {}
    for row in connection.execute(
        f"SELECT link, service, party, provider, rank FROM {quoted(views)}.chain"
        " ORDER BY service, rank, link"
    ).fetchall():
        found.setdefault(row[1], []).append(Party(*row))
    return found


class Profiles:
    """The catalogue's starting answers per offer."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, catalogue: str) -> None:
        self._answers: dict[str, dict[str, Answer]] = {}
        self._offers: dict[tuple[str, str], str] = {}
        for profile, provider, offer, criterion, option, *rest in connection.execute(
            "SELECT profile_id, provider_id, offer, criterion, option, basis, verified, reason,"
            f" source FROM {quoted(catalogue)}.csf_profiles ORDER BY profile_id, criterion"
        ).fetchall():
            basis, verified, reason, source = rest
            answers = self._answers.setdefault(profile, {})
            self._offers[provider, profile.casefold()] = profile
            self._offers[provider, (offer or "").casefold()] = profile
            if option is not None:
                proven = bool(verified) and basis in _PROVEN
                answers[criterion] = Answer(option, basis or "assumed", proven, reason, source)

    def find(self, provider: str | None, offer: str | None) -> tuple[str | None, dict[str, Answer]]:
        """Return the profile of an offer and its answers; nothing if the offer is not known.

        An offer not told is taken for the provider's one general offer only, never for an offer
        with conditions such as `aws/eu_region`.
        """
        if provider is None:
            return None, {}
        wanted = provider if offer is None else offer
        profile = self._offers.get((provider, wanted.strip().casefold()))
        return profile, self._answers.get(profile or "", {})


def attested(
    connection: duckdb.DuckDBPyConnection, views: str, framework: Framework
) -> tuple[dict[tuple[str, str | None, str], Answer], list[str]]:
    """Return the answers given, by service, provider (None = its own) and criterion.

    Answers to criteria or options that do not exist are left out and named in the second part.
    """
    found: dict[tuple[str, str | None, str], Answer] = {}
    problems: list[str] = []
    for service, provider, criterion, option, basis, evidence in connection.execute(
        f"SELECT service, provider, criterion, option, basis, evidence FROM {quoted(views)}.answers"
        " WHERE option IS NOT NULL ORDER BY service, provider, criterion, dated, answer"
    ).fetchall():
        known = framework.criteria.get(criterion or "")
        if known is None:
            continue  # an answer to another framework's criterion
        if option not in known.numbers:
            problems.append(f"{service}: {criterion} has no option {option}")
            continue
        answer = Answer(option, basis or "attested", basis != "assumed", evidence, "answers")
        found[service, provider, criterion] = answer
    return found, problems


def graded_rules(packs: Iterable[Pack | Rule], as_of: date) -> list[Compiled]:
    """Return the graded rules in force, checked to read the view `chain`."""
    chosen, _ = in_force(packs, as_of)
    rules = [compiled(rule, pack, as_of) for pack, rule in chosen if rule.kind == "graded"]
    for rule in rules:
        if rule.view.name != "chain":
            raise RuleError("A graded rule reads the view chain", where=f"rule {rule.rule.id}")
    return rules


def derived(
    connection: duckdb.DuckDBPyConnection, views: str, rules: Sequence[Compiled]
) -> dict[tuple[str, str], Derived]:
    """Return what each graded rule says of each link of the chain, by link and criterion."""
    if not rules:
        return {}
    source = Source(f"{quoted(views)}.chain", "link", {})
    statement = grades(rules, source, unverified_columns(connection, rules, source))
    found: dict[tuple[str, str], Derived] = {}
    for link, *lists in connection.execute(statement).fetchall():
        for rule, left in zip(rules, lists, strict=True):
            found[link, rule.rule.answers] = Derived(
                rule.rule.id,
                frozenset(left) - {0},
                0 not in left,
                frozenset(number for number, _ in rule.options),
            )
    return found
