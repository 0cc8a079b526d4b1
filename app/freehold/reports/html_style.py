"""The style sheet of the page: light and dark by the reader's own setting, and for print."""

from freehold.charts.palette import DARK, LIGHT, Palette

_NAMES = [
    "page",
    "panel",
    "rail",
    "line",
    "text",
    "muted",
    "accent",
    "accent_soft",
    "good",
    "warn",
    "bad",
    "unknown",
    "border",
]


def _variables(palette: Palette) -> str:
    return " ".join(f"--{name.replace('_', '-')}:{palette.colour(name)};" for name in _NAMES)


_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);
  font:15px/1.55 "DejaVu Sans",Verdana,"Segoe UI",system-ui,sans-serif}
.skip{position:absolute;left:-999em}
.skip:focus{left:1em;top:1em;background:var(--panel);padding:.5em 1em;z-index:2}
.layout{max-width:78rem;margin:0 auto;padding:1.5rem}
header.cover,section,nav{background:var(--panel);border:1px solid var(--line);border-radius:8px;
  padding:1.4rem 1.8rem;margin:0 0 1.2rem}
header.cover{border-top:6px solid var(--accent)}
.kicker{color:var(--accent);font-weight:700;letter-spacing:.12em;margin:0}
h1{font-size:2.2rem;line-height:1.15;margin:.1em 0}
h2{font-size:1.5rem;line-height:1.25;margin:.2em 0 .6em}
h3{font-size:1.15rem;margin:1.8em 0 .5em}
h4{font-size:1rem;color:var(--accent);margin:1.8em 0 .5em}
.subtitle,.note,.muted{color:var(--muted)}
.note{font-size:.85rem}
.lead{font-size:1.08rem}
nav ol{list-style:none;padding-left:0;margin:0}
nav ol ol{padding-left:1.4em;font-size:.92em}
a{color:var(--accent)}
.wrap{overflow-x:auto;margin:.8em 0 .3em}
table{border-collapse:collapse;width:100%;font-size:.88rem}
caption{text-align:left;font-weight:700;padding:.3em 0 .5em}
thead th{background:var(--rail);color:var(--muted);font-weight:700;vertical-align:bottom}
th,td{text-align:left;vertical-align:top;padding:.4em .6em;border-bottom:1px solid var(--line);
  overflow-wrap:anywhere}
tbody th{font-weight:400}
.right{text-align:right;font-variant-numeric:tabular-nums}
.code{font-family:"DejaVu Sans Mono",Consolas,ui-monospace,monospace;font-size:.92em}
.strong{font-weight:700}
td,th,dd,p,li{white-space:pre-line}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.unknown{color:var(--unknown)}
dl{display:grid;grid-template-columns:minmax(9em,22%) 1fr;margin:.6em 0;font-size:.92rem}
dt{color:var(--muted);padding:.35em .6em .35em 0;border-bottom:1px solid var(--line)}
dd{margin:0;padding:.35em 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.8rem;
  margin:1rem 0;padding:0;list-style:none}
.cards li{border:1px solid var(--border);border-left:4px solid;border-radius:6px;padding:.7rem 1rem}
.cards .value{font-size:1.7rem;font-weight:700;display:block}
.cards .label,.cards .detail{color:var(--muted);font-size:.85rem;display:block}
ul.signs{list-style:none;padding:0}
ul.signs li{padding:.25em 0 .25em 2em;text-indent:-2em}
ul.signs .sign{display:inline-block;width:2em;text-indent:0;font-weight:700}
.notice{border-left:4px solid;background:var(--rail);padding:.6em 1em;margin:.8em 0}
.notice span{font-weight:700}
figure{margin:1rem 0;background:#fff;color:#1c2430;border:1px solid var(--line);border-radius:6px;
  padding:.8rem}
figure svg{width:100%;height:auto;max-height:34rem}
figcaption{font-size:.85rem;color:#5b6675}
footer{color:var(--muted);font-size:.85rem;text-align:center;overflow-wrap:anywhere}
@media print{
  body{background:#fff;font-size:10pt}
  .layout{max-width:none;padding:0}
  header.cover,section,nav{border:0;padding:0;margin:0 0 1em;break-inside:auto}
  header.cover,nav{break-after:page}
  .skip{display:none}
  h2,h3,h4,caption{break-after:avoid}
  tr,figure,.notice{break-inside:avoid}
  .wrap{overflow:visible}
  thead{display:table-header-group}
  a{color:inherit;text-decoration:none}
}
"""


def style_sheet() -> str:
    """Return the page's whole style sheet; it names no other file."""
    light, dark = _variables(LIGHT), _variables(DARK)
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{_RULES.strip()}\n"
    )
