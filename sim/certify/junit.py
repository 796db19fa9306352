"""The report as JUnit XML, as build servers read it."""

from xml.etree import ElementTree

from sim.certify.case import Outcome, Result
from sim.certify.profile import Profile

__all__ = ["junit_report"]


def junit_report(profile: Profile, results: list[Result]) -> str:
    """Give one test suite; a case that differs as known is passed, and says so in its output."""
    suite = ElementTree.Element(
        "testsuite",
        name=f"FIX certification of {profile.name}",
        tests=str(len(results)),
        failures=str(sum(r.outcome is Outcome.FAILED for r in results)),
        skipped=str(sum(r.outcome is Outcome.SKIPPED for r in results)),
        errors="0",
        time=f"{sum(r.seconds for r in results):.3f}",
    )
    for result in results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=f"certify.{profile.counterparty}",
            name=f"{result.case.id} {result.case.title}",
            time=f"{result.seconds:.3f}",
        )
        wire = "\n".join(f"{line.at_ms:>6} ms {line.kind:8} {line.text}" for line in result.lines)
        if result.outcome is Outcome.FAILED:
            ElementTree.SubElement(case, "failure", message=result.reason).text = _plain(wire)
        elif result.outcome is Outcome.SKIPPED:
            ElementTree.SubElement(case, "skipped", message=result.reason)
        elif result.outcome is Outcome.DIFFERS:
            ElementTree.SubElement(case, "system-out").text = _plain(f"differs: {result.reason}\n{wire}")
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _plain(text: str) -> str:
    """Leave out what XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and c not in "\ufffe\uffff"))
