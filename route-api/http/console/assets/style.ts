/** Colours follow the reader's choice of light or dark; each pair has a contrast of at least 4.5. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #15191d);
  --panel: light-dark(#f4f6f8, #1d2329);
  --ink: light-dark(#1b2126, #e6eaee);
  --soft: light-dark(#55606a, #a3b0bb);
  --line: light-dark(#d5dbe0, #38424b);
  --link: light-dark(#0b5a8f, #83c5f7);
  --accent: light-dark(#1f5f8b, #2f7cb3);
  --good: light-dark(#1a6b3c, #7ddba2);
  --good-back: light-dark(#e2f4e8, #17301f);
  --warning: light-dark(#7a4a00, #f2c46d);
  --warning-back: light-dark(#fdf1d8, #35280d);
  --bad: light-dark(#a3221b, #ffa39b);
  --bad-back: light-dark(#fde8e6, #3d1815);
  font: 16px/1.5 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere; }
time, th { white-space: nowrap; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; display: block; padding: .5rem 1rem; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; padding: .75rem 1.5rem; background: var(--panel); border-bottom: 1px solid var(--line); }
header form[role=search] { display: flex; flex: 1 1 16rem; align-items: center; gap: .5rem; }
header ul { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0; padding: 0; list-style: none; }
nav a { display: block; padding: .25rem 0; text-decoration: none; }
nav a:hover { text-decoration: underline; }
nav a[aria-current] { color: var(--ink); font-weight: 600; border-bottom: 3px solid var(--accent); }
.brand { font-weight: 700; color: var(--ink); text-decoration: none; }
.who { display: flex; align-items: center; gap: .75rem; color: var(--soft); }
main { max-width: 80rem; margin: 0 auto; padding: 1rem 1.5rem 2rem; }
main:focus { outline: none; }
footer { max-width: 80rem; margin: 0 auto; padding: 0 1.5rem 2rem; color: var(--soft); }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1rem 0 .75rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
input, select, button { font: inherit; color: inherit; padding: .4rem .6rem; border: 1px solid var(--soft); border-radius: .4rem; background: var(--paper); min-width: 0; max-width: 100%; }
input[type=search] { flex: 1; }
button, .button { display: inline-block; padding: .4rem .9rem; border: 1px solid var(--accent); border-radius: .4rem; background: light-dark(#1f5f8b, #215f8c); color: #fff; cursor: pointer; text-decoration: none; }
button:hover, .button:hover { filter: brightness(1.15); }
button.quiet, .button.quiet { background: transparent; color: var(--link); border-color: var(--line); }
button.danger { background: light-dark(#a3221b, #9c2c25); border-color: transparent; }
.fields { display: flex; flex-wrap: wrap; align-items: end; gap: .75rem; }
.fields label, .form label { display: block; color: var(--soft); }
.form p { margin: .75rem 0; }
.form input { display: block; width: 100%; max-width: 32rem; }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0; padding: 0; list-style: none; }
table { width: 100%; border-collapse: collapse; margin: .5rem 0; }
th { color: var(--soft); font-weight: 600; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: .25rem 2rem; margin: .5rem 0; }
dl > div { display: flex; gap: .75rem; }
dt { flex: 0 0 8rem; color: var(--soft); }
dd { margin: 0; }
code, kbd, .mono { font-family: ui-monospace, monospace; font-size: .92em; }
kbd { border: 1px solid var(--line); border-radius: .25rem; padding: 0 .3rem; }
.badge { display: inline-block; padding: 0 .5rem; border-radius: 1rem; font-size: .9rem; white-space: nowrap; background: var(--panel); color: var(--ink); }
.badge.good { background: var(--good-back); color: var(--good); }
.badge.warning { background: var(--warning-back); color: var(--warning); }
.badge.bad { background: var(--bad-back); color: var(--bad); }
.notice { padding: .6rem .9rem; border-left: .3rem solid var(--soft); background: var(--panel); }
.notice.good { border-color: var(--good); }
.notice.warning { border-color: var(--warning); }
.notice.bad { border-color: var(--bad); }
.empty, .soft { color: var(--soft); }
.failure { margin: 0 0 .4rem; }
svg.chart { display: block; width: 100%; max-width: 14rem; height: .8rem; }
svg .track { fill: var(--line); }
svg .bar { fill: var(--accent); }
svg .bad { fill: var(--bad); }
.home { max-width: 44rem; }
@media (max-width: 46rem) {
  header { padding: .75rem 1rem; }
  main, footer { padding-left: 1rem; padding-right: 1rem; }
  thead { position: absolute; left: -100rem; }
  table, tbody, tr { display: block; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td { display: flex; gap: .75rem; padding: .1rem 0; border: 0; }
  td::before { content: attr(data-label); flex: 0 0 7rem; color: var(--soft); }
  td:empty { display: none; }
}
@media (prefers-reduced-motion: no-preference) { a, button { transition: filter .1s; } }
`;
