"""The report as one HTML file: no script, no other file, and fit to be printed."""

from html import escape

from sim.certify.case import Outcome, Result
from sim.certify.profile import Profile
from sim.certify.tag_names import MSG_TYPE_NAMES, TAG_NAMES
from sim.certify.trace import Line

__all__ = ["html_report"]

_STYLE = """
:root { --line: #d8dee4; --soft: #f6f8fa; --text: #1f2328; --dim: #59636e;
  --passed: #1a7f37; --failed: #cf222e; --differs: #9a6700; --skipped: #6e7781; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--text); margin: 0 auto;
  max-width: 1120px; padding: 32px 24px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 12px; }
.sub { color: var(--dim); margin: 0 0 20px; }
.cards { display: flex; gap: 12px; flex-wrap: wrap; margin: 20px 0; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: 10px 18px; min-width: 112px; }
.card b { display: block; font-size: 26px; line-height: 1.2; }
.passed { color: var(--passed); } .failed { color: var(--failed); }
.differs { color: var(--differs); } .skipped { color: var(--skipped); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 6px 10px;
  border-bottom: 1px solid var(--line); } th { background: var(--soft); font-weight: 600; }
.facts { width: auto; } .facts td { border: 0; padding: 2px 16px 2px 0; } .facts td:first-child { color: var(--dim); }
td a { color: inherit; } .outcome { font-weight: 600; white-space: nowrap; }
details { border: 1px solid var(--line); border-radius: 8px; margin: 10px 0; overflow: hidden; }
summary { cursor: pointer; padding: 10px 14px; background: var(--soft); font-weight: 600; }
summary .outcome { float: right; } .body { padding: 12px 14px; } .body p { margin: 0 0 8px; }
.reason { border-left: 4px solid currentColor; padding: 4px 12px; margin: 8px 0; }
.dim { color: var(--dim); } ol { margin: 4px 0 12px; padding-left: 22px; }
.wire td { font-size: 13px; padding: 5px 8px; } .wire .at, .wire .who { white-space: nowrap; color: var(--dim); }
.wire .who { font-weight: 600; } .sent .who { color: #0550ae; } .received .who { color: #6639ba; }
.field { display: inline-block; margin: 1px 10px 1px 0; font-family: ui-monospace, "DejaVu Sans Mono", monospace;
  font-size: 12px; overflow-wrap: anywhere; } .field i { color: var(--dim); font-style: normal; }
.note td { color: var(--dim); font-style: italic; }
@page { size: A4; margin: 14mm 13mm; }
@media print { body { max-width: none; padding: 0; font-size: 10.5px; } h1 { font-size: 20px; } h2 { font-size: 15px; }
  h2, summary, .reason { break-after: avoid; } tr, .cards, .facts { break-inside: avoid; }
  details { overflow: visible; } details::details-content { content-visibility: visible; display: block; }
  summary { list-style: none; padding: 5px 10px; } .body { padding: 6px 10px; } th, td { padding: 3px 8px; }
  .wire td { font-size: 9.5px; padding: 2px 6px; } .field { font-size: 8.5px; margin: 0 7px 0 0; }
  .card { padding: 6px 12px; } .card b { font-size: 17px; } td a { text-decoration: none; } }
"""

_WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.DIFFERS: "differs from the standard",
    Outcome.SKIPPED: "not played",
}


def html_report(profile: Profile, results: list[Result], target: str, at: str) -> str:
    """Give the whole page. `target` says where the counterparty was, `at` when."""
    played = [r for r in results if r.outcome is not Outcome.SKIPPED]
    skipped = [r for r in results if r.outcome is Outcome.SKIPPED]
    title = f"FIX certification: {escape(profile.name)}"
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            f'<p class="sub">{_verdict(results)}</p>',
            _facts(profile, target, at),
            _cards(results),
            "<h2>Summary</h2>",
            _summary(played),
            "<h2>Cases</h2>",
            *(_case(result) for result in played),
            "<h2>Not played</h2>" if skipped else "",
            _skipped(skipped) if skipped else "",
            "</body></html>\n",
        ]
    )


def _verdict(results: list[Result]) -> str:
    failed = sum(r.outcome is Outcome.FAILED for r in results)
    differs = sum(r.outcome is Outcome.DIFFERS for r in results)
    known = f" It differs from the standard in {_counted(differs, 'known point')}." if differs else ""
    if failed:
        return f'<b class="failed">Not certified:</b> {_counted(failed, "case")} failed.{known}'
    return f'<b class="passed">Certified:</b> no case failed.{known}'


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _facts(profile: Profile, target: str, at: str) -> str:
    rows = (
        ("Counterparty", f"{profile.target_comp_id}, a {profile.counterparty}, {target}"),
        ("Version", profile.version),
        ("Certifier", f"{profile.sender_comp_id}, the kit of the exchange simulator"),
        ("Played", at),
    )
    cells = "".join(f"<tr><td>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in rows)
    return f'<table class="facts">{cells}</table>'


def _cards(results: list[Result]) -> str:
    cards = []
    for outcome, words in _WORDS.items():
        count = sum(r.outcome is outcome for r in results)
        cards.append(f'<div class="card"><b class="{outcome}">{count}</b>{words}</div>')
    return f'<div class="cards">{"".join(cards)}</div>'


def _summary(results: list[Result]) -> str:
    rows = "".join(
        f'<tr><td><a href="#{r.case.id}">{r.case.id}</a></td><td>{escape(r.case.title)}</td>'
        f"<td>{escape(r.case.purpose)}</td>"
        f'<td class="outcome {r.outcome}">{_WORDS[r.outcome]}</td><td class="dim">{r.seconds:.1f} s</td></tr>'
        for r in results
    )
    head = "<tr><th>Case</th><th>What</th><th>Purpose</th><th>Verdict</th><th>Time</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _case(result: Result) -> str:
    case, outcome = result.case, result.outcome
    steps = "".join(f"<li>{escape(step)}</li>" for step in case.steps)
    reason = f'<div class="reason {outcome}">{escape(result.reason)}</div>' if result.reason else ""
    is_open = " open" if outcome is not Outcome.PASSED else ""
    source = f'<p class="dim">FIX test case {escape(case.source)}</p>' if case.source != "-" else ""
    return (
        f'<details id="{case.id}"{is_open}><summary>{case.id} {escape(case.title)}'
        f'<span class="outcome {outcome}">{_WORDS[outcome]}</span></summary><div class="body">'
        f"<p>{escape(case.purpose)}</p>{source}<ol>{steps}</ol>{reason}"
        f'<table class="wire">{"".join(map(_line, result.lines))}</table></div></details>'
    )


def _line(line: Line) -> str:
    at = f'<td class="at">{line.at_ms} ms</td>'
    if line.kind == "note":
        return f'<tr class="note">{at}<td></td><td>{escape(line.text)}</td></tr>'
    who = "kit &rarr;" if line.kind == "sent" else "&larr; them"
    msg_type = next((value for tag, value in line.fields if tag == "35"), "")
    name = MSG_TYPE_NAMES.get(msg_type, "")
    shown = f"<b>{escape(name)}</b><br>" if name else ""
    fields = "".join(_field(tag, value) for tag, value in line.fields)
    return f'<tr class="{line.kind}">{at}<td class="who">{who}</td><td>{shown}{fields}</td></tr>'


def _field(tag: str, value: str) -> str:
    name = TAG_NAMES.get(tag, "")
    label = f"<i>{escape(name)}</i>({escape(tag)})" if name else escape(tag)
    return f'<span class="field">{label}={escape(value)}</span>'


def _skipped(results: list[Result]) -> str:
    rows = "".join(
        f"<tr><td>{r.case.id}</td><td>{escape(r.case.title)}</td><td class=dim>{escape(r.reason)}</td></tr>"
        for r in results
    )
    return f"<table><tr><th>Case</th><th>What</th><th>Why not</th></tr>{rows}</table>"
