"""Plans made for many tickets are those that the compiler makes, to the last field."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.compiler import Policy, compile_plan
from policies.document import PolicyDocument
from policies.plan_maker import PlanMaker, asked_for
from policies.ticket import TIERS, URGENCIES, Ticket
from tests.support.scenarios import CATALOG

POLICIES = {
    name: CATALOG.policy(name)
    for name in ("standard.v1", "bank.v1", "nightshift.v1", "nights-lordhowe.v1", "gap-berlin.v1", "elapsed.v1")
}
MAKER = PlanMaker(POLICIES)
"""One for all examples: what it kept for one ticket must not reach another."""
INSTANTS = st.integers(1_420_070_400, 1_893_456_000)  # 2015 to 2030
TICKETS = st.builds(
    Ticket, id=st.text("AB/ü", min_size=1, max_size=4), tier=st.sampled_from(TIERS), urgency=st.sampled_from(URGENCIES),
    priority=st.sampled_from(["", "P1"]), type=st.sampled_from(["support", "incident"]), service=st.sampled_from(["", "vpn"]),
    tags=st.sampled_from([(), ("vip",)]), assignee=st.sampled_from(["", "kim"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(POLICIES)), TICKETS, INSTANTS, st.integers(0, 200 * 86_400))
def test_a_plan_made_from_a_pattern_is_the_compiled_one(name, ticket, opened_at, later):
    made = MAKER(name, ticket, opened_at, opened_at + later)
    assert made == compile_plan(POLICIES[name], ticket, opened_at, opened_at + later)


def test_facts_no_condition_asks_for_do_not_make_another_pattern():
    maker = PlanMaker(POLICIES)
    for service in ("vpn", "mail", "print"):
        maker("standard.v1", Ticket("T", tier="gold", urgency="high", service=service), 1_774_594_800, 1_774_594_800)
    assert len(maker.kept["standard.v1"].plans) == 1


BERLIN = CATALOG.policy("office-berlin.v1").document.calendar


def _eventful() -> Policy:
    """Standard with everything on which a plan can depend beside tier and urgency."""
    standard = POLICIES["standard.v1"]
    data = standard.document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    data |= {
        "language": "policy/1", "policy": "eventful",
        "adjustments": [
            {"adjustment": "year-end", "start": "2020-12-20", "end": "2021-01-05", "factor": "150%"},
            {"adjustment": "rush", "start": "2019-01-01", "end": "2022-12-31", "urgency": "critical",
             "only_for": {"service": ["vpn"]}},
            {"adjustment": "move", "start": "2018-03-01", "end": "2026-03-03", "closed": True, "clocks": ["resolution"],
             "only_for": {"tags": ["vip"]}},
        ],
        "priority": [{"priority": "P1", "only_for": {"keywords": ["leak"]}}],
        "follow_the_sun": {"regions": [
            {"region": "kr", "calendar": "kr-office.v1", "team": "seoul", "who": "team-lead", "via": ["email"]},
            {"region": "de", "calendar": "berlin.v1", "team": "berlin", "who": "team-lead", "via": ["email"]},
        ]},
    }  # fmt: skip
    data["clocks"]["first_response"]["calendar"] = "regions"
    calendars = {**standard.calendars, "berlin.v1": CATALOG.policy("office-berlin.v1").calendars[BERLIN]}
    return Policy(PolicyDocument.model_validate(data), calendars, "eventful")


EVENTFUL = {"eventful.v1": _eventful()}
EVENTFUL_MAKER = PlanMaker(EVENTFUL)


@settings(max_examples=60, deadline=None)
@given(
    TICKETS, st.sampled_from(["", "a leak", "bleak"]),
    st.one_of(INSTANTS, st.integers(1_608_300_000, 1_609_900_000)),  # and around the new year of 2021
)  # fmt: skip
def test_conditions_adjustments_and_regions_are_kept_apart(ticket, summary, opened_at):
    one = replace(ticket, summary=summary)
    made = EVENTFUL_MAKER("eventful.v1", one, opened_at, opened_at)
    assert made == compile_plan(EVENTFUL["eventful.v1"], one, opened_at, opened_at)


def test_every_fact_a_condition_asks_for_is_known():
    assert set(asked_for(EVENTFUL["eventful.v1"].document)) >= {"service", "tags", "summary", "tier"}
