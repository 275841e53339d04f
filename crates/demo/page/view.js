'use strict';

// ----------------------------------------------------------------------------------- states and figures

const TONES = {
  connected: 'good', completed: 'good', open: 'good',
  checking: 'wait', connecting: 'wait', disconnected: 'wait', new: 'wait',
  failed: 'bad', lost: 'bad', gone: 'bad', 'no answer': 'wait', closed: 'idle',
};

function showState(id, state) {
  const chip = $(id);
  chip.textContent = state ?? '–';
  chip.dataset.state = state ?? '';
  chip.dataset.tone = TONES[state] ?? 'idle';
}

function showOurStates(pc) {
  if (pc !== session?.pc) return;
  showState('state-connection', pc.connectionState);
  showState('state-ice', pc.iceConnectionState);
  showState('state-dtls', pc.connectionState === 'closed' ? 'closed' : pc.sctp?.transport.state);
  showState('state-sctp', pc.connectionState === 'closed' ? 'closed' : pc.sctp?.state);
  $('link').dataset.tone = TONES[pc.connectionState] ?? 'idle';
}

function showServer(stats) {
  showState('server-connection', stats.connectionState);
  showState('server-ice', stats.iceState);
  showState('server-dtls', stats.dtlsState);
  showState('server-sctp', stats.sctpState);
  showPair('server', stats.selectedPair && {
    ...stats.selectedPair, details: [stats.selectedPair.type, roundTrip(stats.selectedPair.rttMs)],
  });
  setText('cipher-server', stats.dtlsCipher || '–');
  setText('bytes-server', sentAndReceived(stats));
}

/** Shows a selected pair: the two addresses, and what is known of the path between them. */
function showPair(side, pair) {
  setText(`pair-${side}`, pair ? `${pair.local} → ${pair.remote}` : '–');
  setText(`path-${side}`, pair ? pair.details.filter(Boolean).join(', ') : '–');
}

const roundTrip = (ms) => (ms == null ? null : `STUN round trip ${milliseconds(ms)}`);

const sentAndReceived = ({ bytesSent, bytesReceived }) => `${bytes(bytesSent ?? 0)} sent, ${bytes(bytesReceived ?? 0)} received`;

/** Reads getStats() into what the page shows. */
async function ourStats(pc) {
  const report = await pc.getStats();
  const all = [...report.values()];
  const transport = all.find(({ type }) => type === 'transport');
  const pair = report.get(transport?.selectedCandidatePairId)
    ?? all.find(({ type, selected, nominated, state }) => type === 'candidate-pair' && (selected || (nominated && state === 'succeeded')));
  return { transport, pair, local: report.get(pair?.localCandidateId), remote: report.get(pair?.remoteCandidateId) };
}

function showOurStats({ transport, pair, local, remote }) {
  showPair('page', local && remote && {
    local: candidateAddress(local),
    remote: candidateAddress(remote),
    details: [`${local.candidateType}/${remote.candidateType}`, local.protocol, roundTrip(pairRtt(pair))],
  });
  setText('cipher-page', transport?.dtlsCipher ? [dtlsVersion(transport.tlsVersion), transport.dtlsCipher].filter(Boolean).join(', ') : '–');
  if (transport?.bytesSent !== undefined) setText('bytes-page', sentAndReceived(transport));
  else if (pair) setText('bytes-page', sentAndReceived(pair));
}

const candidateAddress = ({ address, port }) => {
  const host = address || 'hidden';
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
};
const pairRtt = ({ currentRoundTripTime: seconds }) => (seconds === undefined ? null : seconds * 1000);
const dtlsVersion = (code) => ({ FEFF: 'DTLS 1.0', FEFD: 'DTLS 1.2', FEFC: 'DTLS 1.3' })[code];

const poller = {
  busy: false,

  async tick() {
    if (this.busy) return;
    this.busy = true;
    await this.poll(session).catch((error) => log(error.message, 'bad'));
    this.busy = false;
  },

  async poll(current) {
    if (!current || current.closed) return;
    const ours = await ourStats(current.pc);
    if (current.closed) return;
    showOurStats(ours);
    showOurStates(current.pc);
    if (current.id !== null) await this.pollServer(current);
  },

  /** A server that is silent on its channels too is gone; otherwise only its page is. */
  onNoStats(current, error) {
    if (error.kind === 'over' || (error.kind === 'silent' && meter.isSilent())) lose(current, error);
    else if (error.kind === 'silent') showServerStates('no answer');
    else showError(error);
  },

  async pollServer(current) {
    try {
      const stats = await post('stats', { id: current.id });
      if (!current.closed) showServer(stats);
    } catch (error) {
      if (!current.closed) this.onNoStats(current, error);
    }
  },
};

// ------------------------------------------------------------------------------------ controls and texts

function renderControls() {
  const live = session !== null && !session.closed;
  const open = (label) => live && session.isOpen(label);
  $('connect-offerer').disabled = $('connect-answerer').disabled = live;
  $('close').disabled = !live;
  $('restart-ice').disabled = !(live && session.id !== null && session.pc.signalingState === 'stable');
  $('chat-send').disabled = $('chat-input').disabled = !open('chat');
  $('chat-input').placeholder = open('chat') ? 'Say something' : 'Connect first';
  $('file-send').disabled = !(open('file') && file.chosen && !file.current);
  $('file-get').disabled = !(open('file') && file.atServer && !file.current);
  $('speed-download').disabled = $('speed-upload').disabled = !(open('speed') && !speed.busy);
}

function startAfresh(role) {
  hideError();
  meter.reset();
  ping.reset();
  throughputPlot.clear();
  rttPlot.clear();
  $('chat-log').replaceChildren();
  setText('speed-result', '');
  file.show('');
  $('file-progress').value = 0;
  showPair('page', null);
  for (const id of ['cipher-page', 'bytes-page', 'link-rtt', 'rtt-now', 'rtt-least', 'rtt-median', 'rtt-most', 'rtt-lost']) setText(id, '–');
  showServer({});
  setText('bytes-server', '–');
  setText('role-page', role);
  setText('role-server', role === 'offerer' ? 'answerer' : 'offerer');
  showOurStates(session.pc);
  log(`connect as ${role}`);
  renderControls();
}

const STATES = ['connection', 'ice', 'dtls', 'sctp'];
const showOurEnd = () => STATES.forEach((name) => showState(`state-${name}`, 'closed'));
const showServerStates = (state) => STATES.forEach((name) => showState(`server-${name}`, state));

function showClosed() {
  showOurEnd();
  showServerStates('closed');
  showIdle('idle');
}

/** Both panels say that the other end is not there any more. */
function showLost(server) {
  showOurEnd();
  showState('state-connection', 'lost');
  showServerStates(server);
  showIdle('bad');
}

function showIdle(tone) {
  $('link').dataset.tone = tone;
  for (const id of ['rate-sent', 'rate-received', 'rtt-now', 'link-rtt']) setText(id, '–');
  renderControls();
}

/** Shows what went wrong, and the button that helps, where connecting again does. */
function showError(error, helpsToConnect = false) {
  setText('error-text', error.message);
  $('error-action').hidden = !helpsToConnect;
  $('error').hidden = false;
  log(error.message, 'bad');
}

function hideError() { $('error').hidden = true; }

function log(text, tone) {
  const list = $('log');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
  const item = document.createElement('li');
  if (tone) item.dataset.tone = tone;
  item.append(Object.assign(document.createElement('time'), { textContent: new Date().toISOString().slice(11, 23) }), text);
  list.append(item);
  while (list.children.length > 500) list.firstChild.remove();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function parseJson(text) {
  try { return JSON.parse(text) ?? {}; } catch { return { error: `Not JSON: ${text.slice(0, 80)}` }; }
}

// --------------------------------------------------------------------------------------------- wiring

const isDark = () => (document.documentElement.style.colorScheme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';

function setTheme(dark) {
  document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  setText('theme', dark ? 'Light' : 'Dark');
}

function wireFileDrop() {
  const drop = $('file-drop');
  $('file-input').onchange = ({ target }) => file.choose(target.files[0]);
  drop.ondragover = (event) => { event.preventDefault(); drop.classList.add('over'); };
  drop.ondragleave = () => drop.classList.remove('over');
  drop.ondrop = (event) => { event.preventDefault(); drop.classList.remove('over'); file.choose(event.dataTransfer.files[0]); };
}

function wireControls() {
  $('connect-offerer').onclick = () => connect('offerer');
  $('connect-answerer').onclick = () => connect('answerer');
  $('restart-ice').onclick = restartIce;
  $('close').onclick = disconnect;
  $('error-action').onclick = connectAgain;
  $('error-dismiss').onclick = hideError;
  $('log-clear').onclick = () => $('log').replaceChildren();
  $('theme').onclick = () => setTheme(!isDark());
  $('chat-form').onsubmit = (event) => {
    event.preventDefault();
    if (chat.say($('chat-input').value)) $('chat-input').value = '';
  };
  $('file-send').onclick = () => file.send();
  $('file-get').onclick = () => file.fetchBack();
  $('speed-download').onclick = () => speed.download();
  $('speed-upload').onclick = () => speed.upload();
  wireFileDrop();
}

/** On a phone, chat and file come before what only an engineer wants to see. */
function showDetails() {
  const isWide = !matchMedia('(max-width: 720px)').matches;
  for (const details of document.querySelectorAll('.peer details')) details.open = isWide;
}

/** A page that goes away says so, as far as a page can. */
function farewell() {
  if (session && !session.closed && session.id !== null) {
    navigator.sendBeacon('/api', new Blob([JSON.stringify({ verb: 'close', id: session.id })], { type: 'application/json' }));
  }
}

wireControls();
setText('theme', isDark() ? 'Light' : 'Dark');
showDetails();
renderControls();
sampler.sample();
setInterval(() => sampler.sample(), SAMPLE_INTERVAL_MS);
setInterval(() => poller.tick(), STATS_INTERVAL_MS);
addEventListener('pagehide', farewell);
if (globalThis.RTCPeerConnection) log('ready');
else {
  $('connect-offerer').disabled = $('connect-answerer').disabled = true;
  showError(new Error('This browser has no WebRTC, or has it switched off.'));
}
