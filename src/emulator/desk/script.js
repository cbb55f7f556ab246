'use strict';
(() => {
  const at = (id) => document.getElementById(id);
  let state = null;
  let newest = 0;

  /** An element with text: what a client has sent stays text. */
  function make(name, text = '', className = '') {
    const element = document.createElement(name);
    element.textContent = text;
    if (className) element.className = className;
    return element;
  }

  async function post(path, body) {
    const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    at('refusal').hidden = answer.ok;
    if (!answer.ok) at('refusal').textContent = (await answer.json()).error ?? `refused: ${answer.status}`;
  }

  const digits = (text) => text.replace(/[\s()-]/g, '').toLowerCase();

  /** The login IDs of whoever a number belongs to: a message is found by either. */
  function loginIds(recipient) {
    return state.users.filter((user) => user.phone === recipient).flatMap((user) => user.loginIds);
  }

  function messages() {
    const wanted = digits(at('find').value);
    const fits = ({ recipient }) => !wanted || [recipient, ...loginIds(recipient)].some((name) => digits(name).includes(wanted));
    const shown = state.messages.filter(fits);
    at('message-rows').replaceChildren(
      ...shown.map(({ seq, recipient, token, body, time }) => {
        const row = make('tr', '', seq > newest ? 'new' : '');
        const others = loginIds(recipient).filter((name) => name !== recipient);
        row.append(make('td', [recipient, ...others].join(', ')), make('td', token, 'code'), make('td', body), make('td', clock(time)));
        return row;
      }),
    );
    at('message-rows').closest('table').hidden = !shown.length;
    at('no-message').hidden = shown.length > 0;
    at('message-count').textContent = `${shown.length} of ${state.messages.length}`;
  }

  const clock = (milliseconds) => new Date(milliseconds).toLocaleTimeString();

  function users() {
    at('user-rows').replaceChildren(
      ...state.users.map(({ loginIds, status, test, code, sessions }) => {
        const row = make('tr');
        const ends = sessions.map(({ amr, endsMs }) => `${amr.join('+')} until ${new Date(endsMs).toLocaleString()}`);
        row.append(make('td', loginIds.join(', ')), make('td', test ? `${status}, test` : status), make('td', code ?? '', code ? 'code' : ''));
        row.append(make('td', ends.length ? `${ends.length}: ${ends.slice(-3).join('; ')}` : 'none'));
        return row;
      }),
    );
    at('user-rows').closest('table').hidden = !state.users.length;
    at('user-count').textContent = state.usersInAll;
  }

  function switches() {
    const words = at('find-switch').value.toLowerCase();
    const fits = ({ name, about }) => `${name} ${about}`.toLowerCase().includes(words);
    const row = (kind) => (known) => {
      const item = make('li');
      const label = make('label');
      const box = make('input');
      box.type = 'checkbox';
      box.checked = known.on;
      box.dataset.name = known.name;
      box.dataset.kind = kind;
      label.append(box, ' ', make('code', known.name), ' ', make('small', known.about));
      item.append(label);
      return item;
    };
    const held = document.activeElement?.dataset?.name;
    for (const kind of ['faults', 'variants']) {
      at(kind).replaceChildren(...state[kind].filter((known) => !known.on && fits(known)).map(row(kind)));
      at(`${kind.slice(0, -1)}-count`).textContent = `${at(kind).children.length}`;
    }
    at('on').replaceChildren(...['faults', 'variants'].flatMap((kind) => state[kind].filter(({ on }) => on).map(row(kind))));
    at('on-count').textContent = at('on').children.length || 'none';
    if (held) document.querySelector(`[data-name="${held}"]`)?.focus();
  }

  function ahead() {
    const seconds = Math.round(state.aheadMs / 1000);
    const parts = [[Math.floor(seconds / 86400), 'd'], [Math.floor(seconds / 3600) % 24, 'h'], [Math.floor(seconds / 60) % 60, 'min'], [seconds % 60, 's']];
    const told = parts.filter(([number]) => number).map(([number, unit]) => `${number} ${unit}`);
    at('ahead').textContent = told.length ? `${told.join(' ')} ahead` : 'not moved';
  }

  function show(next) {
    const first = state === null;
    const before = state?.messages[0]?.seq ?? 0;
    const same = !first && JSON.stringify([state.faults, state.variants]) === JSON.stringify([next.faults, next.variants]);
    state = next;
    const latest = state.messages[0];
    if (first) newest = latest?.seq ?? 0;
    else if (latest && latest.seq !== before) {
      newest = before;
      at('news').textContent = `Message to ${latest.recipient}: ${latest.token}`;
    }
    at('project').textContent = state.projectId;
    messages();
    users();
    ahead();
    if (!same) switches();
  }

  at('address').textContent = location.origin;
  at('find').addEventListener('input', () => state && messages());
  at('find-switch').addEventListener('input', () => state && switches());
  at('reset').addEventListener('click', () => post('/emulator/reset', {}));
  for (const button of document.querySelectorAll('[data-ahead]')) {
    button.addEventListener('click', () => post('/emulator/clock', { advanceMs: Number(button.dataset.ahead) }));
  }
  document.addEventListener('change', ({ target }) => {
    if (!target.dataset.kind) return;
    const chosen = (kind) =>
      state[kind].filter(({ name, on }) => (name === target.dataset.name && kind === target.dataset.kind ? target.checked : on)).map(({ name }) => name);
    post('/emulator/switches', { faults: chosen('faults'), variants: chosen('variants') });
  });

  const events = new EventSource('/emulator/events');
  const link = (word, className) => Object.assign(at('link'), { textContent: word, className });
  events.addEventListener('open', () => link('live', 'live'));
  events.addEventListener('error', () => link('the server does not answer', 'dead'));
  events.addEventListener('message', ({ data }) => show(JSON.parse(data)));
})();
