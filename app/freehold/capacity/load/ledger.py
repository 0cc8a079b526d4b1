"""What has happened to each request, as plain lists that the replicas write to."""

from freehold.capacity.load.requests import Requests

NOT_YET = -1.0


class Ledger:
    """One entry per request in each list.

    `rank` orders the waiting: priority, then arrival; rank modulo `rows` is the request.
    `context_base` plus the step of its replica is the number of a decoding request's cached
    tokens. `generated` counts the tokens a request had when it last gave its cache up.
    """

    def __init__(self, requests: Requests) -> None:
        rows = len(requests)
        self.rows = rows
        self.prompt: list[int] = requests.prompt.tolist()
        self.output: list[int] = requests.output.tolist()
        self.rank = [p * rows + i for i, p in enumerate(requests.priority.tolist())]
        self.has_priorities = bool(rows and requests.priority.min() != requests.priority.max())
        self.context_base = [0] * rows
        self.generated = [0] * rows
        self.preempted = [0] * rows
        self.retried = [0] * rows
        self.reused = [0] * rows
        self.replica = [-1] * rows
        self.admitted_s = [NOT_YET] * rows
        self.first_s = [NOT_YET] * rows
        self.last_s = [NOT_YET] * rows

    def context(self, request: int) -> int:
        """Return the tokens a waiting request will have to compute."""
        return self.prompt[request] + self.generated[request]

    def forget(self, request: int) -> None:
        """Start a request anew after its replica failed."""
        self.generated[request] = 0
        self.retried[request] += 1
        self.first_s[request] = NOT_YET
