"""What became of replayed letters, counted and told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from rich.table import Table

from transformer.cli.letters import short
from transformer.cli.replay.plan import Group
from transformer.cli.talk import line, say, stderr
from transformer.cli.words import many
from transformer.client import TransformResult
from transformer.errors import TransformerError
from transformer.outcome import Status

__all__ = ["Tally"]

_SHOWN_KINDS: Final = 20


@dataclass(slots=True)
class Tally:
    """Letters by what became of them, per group; refused: the server did not take their batch; gone: removed meanwhile."""

    total: int
    outputs: int = 0
    counts: dict[tuple[str, tuple[str, ...]], Counter[str]] = field(default_factory=dict)
    kinds: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refusals: list[tuple[Group, TransformerError]] = field(default_factory=list)

    def add(self, group: Group, result: TransformResult) -> None:
        """Count the answer to a batch."""
        counts = self._of(group)
        self.outputs += len(result.outputs)
        for outcome in result.outcomes:
            counts[outcome.status.name.lower()] += 1
            if outcome.failure is not None:
                failure = outcome.failure
                place = f":{failure.place.line}" if failure.place is not None else ""
                self.kinds[failure.code.text, failure.message, f"{short(failure.version)}{place}"] += 1

    def gone(self, group: Group, count: int) -> None:
        """Count letters that were removed before it was their turn."""
        self._of(group)["gone"] += count

    def refused(self, group: Group, count: int, error: TransformerError) -> None:
        """Count letters whose batch the server refused."""
        self._of(group)["refused"] += count
        self.refusals.append((group, error))

    @property
    def done(self) -> int:
        """Letters that had their turn."""
        return sum(counts.total() for counts in self.counts.values())

    @property
    def held(self) -> bool:
        """Whether every letter that had its turn was emitted or dropped."""
        return not self.whole()["failed"] and not self.refusals

    def whole(self) -> Counter[str]:
        """The counts of all groups."""
        return sum(self.counts.values(), Counter())

    def so_far(self) -> str:
        """One line."""
        whole = self.whole()
        line = (
            f"{self.done:,} of {many(self.total, 'dead letter')} replayed: {whole[Status.EMITTED.name.lower()]:,} emitted, "
            f"{whole['dropped']:,} dropped, {whole['failed']:,} failed again"
        )
        more = [f"{whole[name]:,} {name}" for name in ("refused", "gone") if whole[name]]
        return f"{', '.join([line, *more])}; {many(self.outputs, 'output')}"

    def tell(self) -> None:
        """The summary, on stderr: a row per group, then why letters failed again."""
        say(self.so_far())
        for group, error in self.refusals:
            say(f"refused, {_name(group)}: {error.code.text} {error.message}", "red")
        if len(self.counts) > 1:
            table = _table("replayed", "workspace", "through", "emitted", "dropped", "failed again", "refused")
            for (workspace, through), counts in self.counts.items():
                numbers = [f"{counts[name]:,}" for name in ("emitted", "dropped", "failed", "refused")]
                table.add_row(f"{counts.total():,}", workspace, line(_names(through)), *numbers)
            stderr().print(table)
        if self.kinds:
            table = _table("failed again", "code", "message", "place")
            for (code, message, place), count in self.kinds.most_common(_SHOWN_KINDS):
                table.add_row(f"{count:,}", code, line(message), line(place))
            stderr().print(table)
            if (more := len(self.kinds) - _SHOWN_KINDS) > 0:
                say(f"and {many(more, 'other kind')} of failure", "dim")

    def json(self) -> dict[str, Any]:
        """The summary for scripts."""

        def numbers(counts: Counter[str]) -> dict[str, int]:
            return {name: counts[name] for name in ("emitted", "dropped", "failed", "refused", "gone")}

        return {
            "selected": self.total,
            "replayed": self.done,
            **numbers(self.whole()),
            "outputs": self.outputs,
            "groups": [
                {"workspace": workspace, "transformations": through, "replayed": counts.total(), **numbers(counts)}
                for (workspace, through), counts in self.counts.items()
            ],
            "failures": [
                {"code": code, "message": message, "place": place, "count": count}
                for (code, message, place), count in self.kinds.most_common()
            ],
            "refusals": [
                {
                    "workspace": group.workspace,
                    "transformations": group.transformations,
                    "code": error.code.text,
                    "message": error.message,
                }
                for group, error in self.refusals
            ],
        }

    def _of(self, group: Group) -> Counter[str]:
        return self.counts.setdefault((group.workspace, group.transformations), Counter())


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    numbers = {"replayed", "emitted", "dropped", "failed again", "refused"}
    for heading in headings:
        table.add_column(heading, justify="right" if heading in numbers else "left", overflow="fold")
    return table


def _names(transformations: tuple[str, ...]) -> str:
    return " ".join(name.rpartition("transformations/")[2] for name in transformations)


def _name(group: Group) -> str:
    return f"{group.workspace}: {_names(group.transformations)}"
