"""The ports `Recognition` and `Declarations` for the workers: tickets are reported, outages declared and ended.

A report starts the recognition of its policy where none runs, in one call. Must never count, nor judge what is found.
"""

from __future__ import annotations

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from activities.ports import Journal, Outages, Refused, Unreachable
from activities.requests import Recognising
from policies.outage import Outage
from policies.recognition import Arrival, Rule
from starter import gateway
from starter.outages import Desk
from workflows.contract import RECOGNITION, TICKETS, recognition_id
from workflows.limits import SUMMARY, clipped


class Reports:
    """The port `Recognition`, through one client."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def report(self, policy: str, rules: tuple[Rule, ...], arrival: Arrival) -> None:
        """One signal with the start. Raises Unreachable."""
        try:
            await self.client.start_workflow(
                RECOGNITION, Recognising(policy, rules), id=recognition_id(policy), task_queue=TICKETS,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING, start_signal="opened",
                start_signal_args=[arrival], static_summary=clipped(f"major incidents under {policy}", SUMMARY),
            )  # fmt: skip
        except RPCError as error:
            raise Unreachable(f"the recognition of {policy} does not take it: {error.message}") from error


class Declared:
    """The port `Declarations`: as a person would at the desk, who knows what they do."""

    def __init__(self, client: Client, registry: Outages, journal: Journal) -> None:
        async def connected() -> Client:
            return client

        self.desk = Desk(registry, journal, connected)

    async def declare(self, outage: Outage) -> Outage:
        """That it may cover nobody yet, or everybody, is known already. One that has ended meanwhile stays so."""
        known = await self.desk.registry.one(outage.id)
        if known is not None and known.declared:
            return known
        try:
            return (await self.desk.declare(outage, everything=True, ahead=True)).outage
        except (gateway.Refused, gateway.BadTicket) as error:
            raise Refused(str(error)) from error
        except gateway.GatewayError as error:
            raise Unreachable(str(error)) from error

    async def end(self, outage: str, at: int, by: str) -> Outage:
        """An end that overtakes its declaration is kept."""
        try:
            return (await self.desk.end(outage, at, by, ahead=True)).outage
        except (gateway.Refused, gateway.BadTicket) as error:
            raise Refused(str(error)) from error
        except gateway.GatewayError as error:
            raise Unreachable(str(error)) from error
