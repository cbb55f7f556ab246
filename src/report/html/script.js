'use strict';
(() => {
  const form = document.querySelector('form.filters');
  const rows = [...document.querySelectorAll('[data-state]')];
  const groups = [...document.querySelectorAll('[data-group]')];
  const said = form.querySelector('output');
  const boxes = (name) => [...form.querySelectorAll(`input[name=${name}]`)];
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  document.documentElement.classList.add('js');

  // What a requirement says is in its row or beside its finding; a pointer over the map is told it too.
  for (const cell of document.querySelectorAll('.cell')) {
    const id = cell.hash.replace(/^#(about-)?/, '');
    const row = document.getElementById(`about-${id}`);
    const said = row?.cells[2].textContent || document.querySelector(`article[id="${id}"] p`)?.textContent;
    if (row) cell.title = `${row.cells[0].textContent}: ${said}`;
  }

  const chosen = (name) => boxes(name).filter((box) => box.checked).map((box) => box.value);

  function apply() {
    const states = chosen('state');
    const levels = chosen('level');
    const area = form.area.value;
    const parts = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const { state, level, area: its } = row.dataset;
      const fits = states.includes(state) && (!level || levels.includes(level)) && (!area || area === its);
      row.hidden = !(fits && parts.every((part) => words.get(row).includes(part)));
    }
    for (const group of groups) group.hidden = ![...group.querySelectorAll('[data-state]')].some((row) => !row.hidden);
    const shown = (kind) => rows.filter((row) => row.matches(kind) && !row.hidden).length;
    const all = (kind) => rows.filter((row) => row.matches(kind)).length;
    said.textContent = `${shown('.one')} of ${all('.one')} requirements, ${shown('article')} of ${all('article')} findings`;
  }

  function remember() {
    const given = new URLSearchParams();
    for (const name of ['state', 'level']) {
      if (boxes(name).some((box) => !box.checked)) given.set(name, chosen(name).join(','));
    }
    for (const name of ['area', 'q']) if (form[name].value) given.set(name, form[name].value);
    const text = String(given);
    history.replaceState(null, '', text ? `#?${text}` : location.pathname + location.search);
  }

  function filter(given) {
    for (const name of ['state', 'level']) {
      const wanted = given.has(name) ? given.get(name).split(',') : null;
      for (const box of boxes(name)) box.checked = !wanted || wanted.includes(box.value);
    }
    for (const name of ['area', 'q']) form[name].value = given.get(name) ?? '';
    apply();
  }

  function follow() {
    if (location.hash.startsWith('#?')) return filter(new URLSearchParams(location.hash.slice(2)));
    const place = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!place) return;
    const row = place.closest('[data-state]');
    if (row && row.hidden) filter(new URLSearchParams());
    for (let at = place; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
    place.scrollIntoView();
  }

  form.addEventListener('input', () => (apply(), remember()));
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(() => (apply(), remember())));
  addEventListener('hashchange', follow);
  apply();
  follow();
})();
