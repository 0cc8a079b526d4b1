"""The load model once more, step by step and token by token: what the fast one must equal.

Written for plainness: every step of every replica is an event of its own, every sequence is a
record that counts its tokens, nothing is skipped or inverted.
"""

from dataclasses import dataclass, field

from freehold.capacity.load import Fleet, Limits, Requests, StepTimes

INFINITY = float("inf")


@dataclass
class Sequence:
    number: int
    rank: tuple[int, int]
    prompt: int
    output: int
    generated: int = 0
    context: int = 0
    to_compute: int = 0
    computed: int = 0
    arrived_s: float = 0.0
    admitted_s: float = -1.0
    first_s: float = -1.0
    last_s: float = -1.0
    preempted: int = 0
    retried: int = 0
    replica: int = -1


@dataclass
class Server:
    number: int
    decoding: list[Sequence] = field(default_factory=list)
    begun: list[Sequence] = field(default_factory=list)
    ending: list[Sequence] = field(default_factory=list)
    waiting: list[Sequence] = field(default_factory=list)
    boundary_s: float = INFINITY
    stepping: bool = False

    @property
    def outstanding(self) -> int:
        return len(self.decoding) + len(self.begun) + len(self.ending) + len(self.waiting)

    @property
    def tokens(self) -> int:
        held = sum(s.context for s in self.decoding)
        held += sum(s.to_compute + 1 for s in self.begun + self.ending)
        return held + sum(s.prompt + s.generated for s in self.waiting)


def run_stepwise(
    requests: Requests,
    times: StepTimes,
    limits: Limits,
    fleet: Fleet,
    *,
    failures: list[tuple[float, int]],
    repair_s: float,
) -> tuple[list[Sequence], list[tuple[float, int]]]:
    """Return what became of each request, and of each step its seconds and further tokens.

    `failures` are (time, replica) in order of time.
    """
    gaps: list[tuple[float, int]] = []
    everyone = [
        Sequence(i, (int(p), i), int(n), int(o), arrived_s=float(t))
        for i, (t, n, o, p) in enumerate(
            zip(
                requests.arrival_s,
                requests.prompt,
                requests.output,
                requests.priority,
                strict=True,
            )
        )
    ]
    servers = [Server(number) for number in range(fleet.replicas)]
    down: set[int] = set()
    homeless: list[Sequence] = []
    turn = -1

    def hand_over(sequence: Sequence, now: float) -> None:
        nonlocal turn
        up = [server for server in servers if server.number not in down]
        if not up:
            homeless.append(sequence)
            return
        if fleet.routing == "round_robin":
            turn += 1
            chosen = up[turn % len(up)]
        elif fleet.routing == "session":
            chosen = up[int(requests.session[sequence.number]) % len(up)]
        elif fleet.routing == "least_outstanding":
            chosen = min(up, key=lambda server: server.outstanding)
        else:
            chosen = min(up, key=lambda server: server.tokens)
        sequence.replica = chosen.number
        chosen.waiting.append(sequence)
        if not chosen.stepping:
            chosen.boundary_s = min(chosen.boundary_s, now)

    # At one time failures and repairs come first, then arrivals, then the ends of steps.
    events: list[tuple[float, int, int, str]] = []
    for order, (at, number) in enumerate(failures):
        events.append((at, 0, order * 2, f"fail {number}"))
        events.append((at + repair_s, 0, order * 2 + 1, f"ready {number}"))
    events += [(sequence.arrived_s, 1, sequence.number, "arrival") for sequence in everyone]
    events.sort()

    while events or any(server.boundary_s < INFINITY for server in servers):
        at = events[0][0] if events else INFINITY
        server = min(servers, key=lambda s: (s.boundary_s, s.number))
        if server.boundary_s < at:
            _step(server, server.boundary_s, times, limits, gaps)
            continue
        _, _, number, what = events.pop(0)
        if what == "arrival":
            hand_over(everyone[number], at)
        elif what.startswith("fail"):
            broken = servers[int(what.split()[1])]
            down.add(broken.number)
            lost = broken.decoding + broken.begun + broken.ending + broken.waiting
            servers[broken.number] = Server(broken.number)
            for sequence in sorted(lost, key=lambda s: s.number):
                sequence.generated = sequence.context = 0
                sequence.retried += 1
                sequence.first_s = -1.0
                hand_over(sequence, at)
        else:
            down.discard(int(what.split()[1]))
            waiting, homeless = homeless, []
            for sequence in waiting:
                hand_over(sequence, at)
    return everyone, gaps


def _step(
    server: Server, now: float, times: StepTimes, limits: Limits, gaps: list[tuple[float, int]]
) -> None:
    # Results of the step that ends here.
    for sequence in server.decoding if server.stepping else []:
        sequence.context += 1
        sequence.generated += 1
    for sequence in server.ending:
        sequence.last_s = now
    server.ending = []
    for sequence in list(server.decoding):
        if sequence.generated == sequence.output:
            sequence.last_s = now
            server.decoding.remove(sequence)

    def reserved() -> int:
        held = sum(s.context for s in server.decoding) + len(server.decoding)
        return held + sum(s.to_compute + 1 for s in server.begun)

    crowded = False
    while reserved() > limits.cache_tokens:
        crowded = True
        victim = max(server.decoding + server.begun, key=lambda s: s.rank)
        (server.decoding if victim in server.decoding else server.begun).remove(victim)
        victim.preempted += 1
        victim.context = 0
        server.waiting.append(victim)

    budget, work = limits.batched_tokens - len(server.decoding), 0.0
    finished: list[Sequence] = []

    def process(sequence: Sequence) -> None:
        nonlocal budget, work
        while budget > 0 and sequence.computed < sequence.to_compute:
            # One token at a time, so that chunks are counted and not assumed.
            work += float(
                times.prefill_s[sequence.computed + 1] - times.prefill_s[sequence.computed]
            )
            sequence.computed += 1
            budget -= 1
        if sequence.computed == sequence.to_compute:
            finished.append(sequence)
        elif sequence not in server.begun:
            server.begun.append(sequence)

    for sequence in list(server.begun):
        if budget > 0:
            process(sequence)
            if sequence in finished:
                server.begun.remove(sequence)
    server.waiting.sort(key=lambda s: s.rank)
    while server.waiting and not server.begun and budget > 0 and not crowded:
        if len(server.decoding) + len(finished) >= limits.sequences:
            break
        sequence = server.waiting[0]
        size = sequence.prompt + sequence.generated
        held = reserved() + sum(s.to_compute + 1 for s in finished)
        if held + size + 1 > limits.cache_tokens:
            break
        server.waiting.pop(0)
        sequence.to_compute, sequence.computed = size, 0
        if sequence.admitted_s < 0:
            sequence.admitted_s = now
        process(sequence)
    for sequence in finished:
        if sequence.output == 0:
            server.ending.append(sequence)
        else:
            sequence.context = sequence.to_compute
            server.decoding.append(sequence)

    batch = len(server.decoding)
    if not batch and not finished and not server.begun:
        server.boundary_s, server.stepping = INFINITY, False
        return
    cached = sum(s.context for s in server.decoding)
    end = now + float(times.fixed_s[batch] + times.per_token_s[batch] * cached) + work
    for sequence in finished:
        if sequence.first_s < 0:
            sequence.first_s = end
    gaps.append((end - now, batch - sum(s.output > 0 for s in finished)))
    server.boundary_s, server.stepping = end, True
