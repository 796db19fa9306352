"""The section `risk`: what it takes, and what it refuses with the place."""

from decimal import Decimal

import pytest

from gateway.config import ConfigError, load_settings
from gateway.config.load import parse_settings
from gateway.config.template import TEMPLATE
from gateway.risk.analytics.limits import METRICS
from gateway.risk.analytics.terms import analytics_terms


def settings(risk):
    return parse_settings(f"{TEMPLATE}\n{risk}", "g.yaml")


def refusals(risk):
    with pytest.raises(ConfigError) as refused:
        settings(risk)
    return [f"{problem.key}: {problem.message}" for problem in refused.value.problems]


def test_section_may_be_left_out():
    analytics = settings("").risk.analytics
    assert (analytics.base_currency, analytics.confidence, analytics.limits) == ("USD", Decimal("0.99"), ())


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_can_be_limited(metric):
    limit = f"{{level: 'account:DEMO', metric: {metric}, maximum: 1000, action: halt}}"
    terms = analytics_terms(settings(f"risk: {{analytics: {{limits: [{limit}]}}}}"))
    assert [(each.level, each.metric, each.action) for each in terms.limits] == [
        ("account:DEMO", metric, "halt")
    ]


def test_terms_have_the_year_in_samples():
    terms = analytics_terms(settings("risk: {analytics: {sample_interval: 24h}}"))
    assert terms.measures.periods_per_year == 365


def test_terms_have_the_groups_that_the_configuration_makes():
    text = TEMPLATE.replace("  - name: DEMO\n", "  - {name: DEMO, desk: cash}\n", 1)
    groups = "asset_class: equity, sector: tech, region: us"
    text = text.replace("{symbol: AAPL,", f"{{symbol: AAPL, {groups},", 1)
    limits = (
        "{level: 'desk:cash', metric: loss, maximum: 1}, {level: 'sector:tech', metric: loss, maximum: 1}"
    )
    found = parse_settings(f"{text}\nrisk: {{analytics: {{limits: [{limits}]}}}}", "g.yaml")
    terms = analytics_terms(found)
    assert terms.desks == {"DEMO": "cash"}
    first = terms.facts[found.instruments[0].symbol]
    assert (first.asset_class, first.sector, first.region) == ("equity", "tech", "us")
    assert first.session == found.venues[0].session
    assert [each.level for each in terms.limits] == ["desk:cash", "sector:tech"]


@pytest.mark.parametrize(
    ("analytics", "where", "said"),
    [
        (
            "limits: [{level: 'account:NONE', metric: loss, maximum: 1}]",
            "limits[0].level",
            "no 'NONE' in accounts",
        ),
        ("limits: [{level: 'planet:X', metric: loss, maximum: 1}]", "limits[0].level", "expected a level"),
        ("limits: [{level: firm, metric: joy, maximum: 1}]", "limits[0].metric", "expected one of"),
        ("limits: [{level: firm, metric: loss, maximum: -1}]", "limits[0].maximum", "above zero"),
        ("limits: [{level: firm, metric: loss, maximum: nan}]", "limits[0].maximum", "above zero"),
        ("limits: [{level: firm, metric: loss, maximum: 0}]", "limits[0].maximum", "above zero"),
        (
            "limits: [{level: firm, metric: loss, maximum: 1}, {level: firm, metric: loss, maximum: 2}]",
            "limits[1]",
            "the same as limits[0]",
        ),
        (
            "limits: [{level: 'currency:XXX', metric: loss, maximum: 1, action: halt}]",
            "limits[0].level",
            "there is no 'XXX' in instruments",
        ),
        ("limits: [{level: 'desk:X', metric: loss, maximum: 1}]", "limits[0].level", "'X' in accounts"),
        ("limits: [{level: 'sector:X', metric: loss, maximum: 1}]", "limits[0].level", "'X' in instruments"),
        ("limits: [{level: 'session:X', metric: loss, maximum: 1}]", "limits[0].level", "'X' in sessions"),
        ("rates: [{currency: EUR, rate: 1}, {currency: EUR, rate: 2}]", "rates[1]", "has a rate already"),
        ("rates: [{currency: USD, rate: 1}]", "rates[0]", "is the base currency"),
        ("confidence: 1", "confidence", "at most 0.9999"),
        ("samples: 1", "samples", "from 2"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(analytics, where, said):
    found = refusals(f"risk:\n  analytics:\n    {analytics}\n")
    assert any(text.startswith(f"risk.analytics.{where}: ") and said in text for text in found), found


def test_settings_are_read_from_a_file(tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text(TEMPLATE)
    assert load_settings(file).risk.analytics.horizon == 1
