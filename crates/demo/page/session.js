'use strict';

// What both ends agreed on: the labels, and how each channel delivers.
const CHANNELS = [
  { label: 'chat', init: {} },
  { label: 'file', init: {} },
  { label: 'speed', init: {} },
  { label: 'ping', init: { ordered: false, maxRetransmits: 0 } },
];
const CHUNK_BYTES = 16 * 1024;
const READ_BYTES = 4 * 1024 * 1024; // a file is read in pieces this large, so that any size may be sent
const BUFFER_HIGH_BYTES = 2 * 1024 * 1024;
const BUFFER_LOW_BYTES = 512 * 1024;
const SHOWN_CHARACTERS = 2000; // of a message in the chat
const SPEED_SECONDS = 5;
const PING_INTERVAL_MS = 200;
const PING_LOST_AFTER_MS = 5000;
const SAMPLE_INTERVAL_MS = 200;
const STATS_INTERVAL_MS = 1000;
const PLOT_SPAN_MS = 30000;
const ANSWER_WITHIN_MS = 3000;
const SILENT_AFTER_MS = 1500; // no message on any channel for so long, where five a second are due

const $ = (id) => document.getElementById(id);
const setText = (id, text) => { $(id).textContent = text; };

// ---------------------------------------------------------------------------------------- signalling
//
// JSON, as POST /api on this page's own origin; an error is a status 4xx with {error}, and 410 says that the connection is over.
//
//   page offers                                        server offers
//   offer {description}          -> {id, description}  connect {}                -> {id, description}
//   offer {id, description}      -> {id, description}  answer {id, description}  -> {}
//          (ICE restart)
//   candidate {id, candidate | null} -> {}             stats {id} -> states      close {id} -> {}

/** What the server said, or that it said nothing: `kind` is 'refused', 'over' or 'silent'. */
class ServerError extends Error {
  constructor(kind, message) { super(message); this.kind = kind; }
}

/** One request to the demo server. */
async function post(verb, body) {
  const response = await fetch('/api', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ verb, ...body }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch(() => { throw new ServerError('silent', 'The demo server does not answer: it has ended, or cannot be reached. Start it again, then connect again.'); });
  const reply = await response.json().catch(() => ({}));
  if (response.ok) return reply;
  throw new ServerError(response.status === 410 ? 'over' : 'refused', reply.error ?? `The server answered ${response.status} to “${verb}”.`);
}

/** Sends candidates one after another, and only once the server has the description they belong to. */
class Trickle {
  #session; #queue = []; #open = false; #busy = false;

  constructor(session) { this.#session = session; }
  hold() { this.#open = false; }
  drop() { this.hold(); this.#queue = []; }
  release() { this.#open = true; this.#pump(); }
  push(candidate) { this.#queue.push(candidate); this.#pump(); }

  async #pump() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#open && this.#queue.length > 0 && !this.#session.closed) await this.#sendOne();
    this.#busy = false;
  }

  async #sendOne() {
    const candidate = this.#queue.shift();
    try {
      await post('candidate', { id: this.#session.id, candidate });
    } catch (error) {
      if (!this.#session.closed && error.kind === 'refused') showError(error); // of the rest hears who polls
    }
  }
}

// ------------------------------------------------------------------------------------------- session

/** One connection to the server: the peer connection, its channels, and the number the server gave it. */
class Session {
  id = null;
  closed = false;
  wasConnected = false;
  channels = new Map();
  trickle = new Trickle(this);
  pc = new RTCPeerConnection();
  #announced = new WeakSet();

  constructor(role) {
    this.role = role;
    this.pc.onicecandidate = ({ candidate }) => this.#onCandidate(candidate);
    this.pc.ondatachannel = ({ channel }) => this.adopt(channel);
    this.pc.onconnectionstatechange = () => onConnectionState(this);
    this.pc.oniceconnectionstatechange = () => showOurStates(this.pc);
    this.pc.onicegatheringstatechange = () => log(`ICE gathering ${this.pc.iceGatheringState}`);
    this.pc.onsignalingstatechange = () => log(`signalling ${this.pc.signalingState}`);
  }

  async offer() {
    for (const { label, init } of CHANNELS) this.adopt(this.pc.createDataChannel(label, init));
    this.#watchTransports();
    const reply = await post('offer', { description: await this.#localOffer({}) });
    this.id = reply.id;
    await this.#accept(reply.description);
  }

  async answer() {
    const { id, description } = await post('connect', {});
    this.id = id;
    await this.pc.setRemoteDescription(description);
    const answer = await this.pc.createAnswer();
    await this.pc.setLocalDescription(answer);
    this.#watchTransports();
    await post('answer', { id, description: answer });
    this.trickle.release();
  }

  async restartIce() {
    this.trickle.hold();
    const offer = await this.#localOffer({ iceRestart: true });
    try {
      await this.#accept((await post('offer', { id: this.id, description: offer })).description);
    } catch (error) {
      this.trickle.drop(); // what was gathered belongs to credentials that the server never took
      if (this.pc.signalingState === 'have-local-offer') await this.pc.setLocalDescription({ type: 'rollback' });
      throw error;
    }
  }

  adopt(channel) {
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = BUFFER_LOW_BYTES;
    this.channels.set(channel.label, channel);
    channel.addEventListener('open', () => this.#announce(channel));
    channel.addEventListener('close', () => onChannelClose(this, channel));
    channel.addEventListener('error', ({ error }) => { if (!this.closed) log(`channel ${channel.label}: ${error.message}`, 'bad'); });
    channel.addEventListener('message', ({ data }) => meter.onReceived(data));
    PARTS[channel.label]?.attach(channel);
    if (channel.readyState === 'open') this.#announce(channel);
  }

  /** Browsers differ in whether a remote channel is open when it appears, or opens right after. */
  #announce(channel) {
    if (this.#announced.has(channel)) return;
    this.#announced.add(channel);
    onChannelOpen(this, channel);
  }

  isOpen(label) { return this.channels.get(label)?.readyState === 'open'; }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.pc.close();
    for (const part of Object.values(PARTS)) part.detach();
  }

  async #localOffer(options) {
    const offer = await this.pc.createOffer(options);
    await this.pc.setLocalDescription(offer);
    return offer;
  }

  async #accept(answer) {
    this.trickle.release();
    await this.pc.setRemoteDescription(answer);
    this.#watchTransports();
  }

  #onCandidate(candidate) {
    if (candidate === null) { this.trickle.push(null); return; }
    if (candidate.candidate === '') return; // the end of one generation; `null` follows when all is gathered
    log(`candidate ${candidate.candidate.replace(/^candidate:/, '')}`);
    this.trickle.push(candidate.toJSON());
  }

  /** The SCTP transport appears with the first description that has it, so this is asked more than once. */
  #watchTransports() {
    const { sctp } = this.pc;
    if (!sctp || sctp.onstatechange) return;
    sctp.onstatechange = () => { log(`SCTP ${sctp.state}`); showOurStates(this.pc); };
    sctp.transport.onstatechange = () => {
      log(`DTLS ${sctp.transport.state}`);
      showOurStates(this.pc);
      if (sctp.transport.state === 'closed') poller.tick(); // the server knows why
    };
  }
}

let session = null;

async function connect(role) {
  const current = new Session(role);
  session = current;
  startAfresh(role);
  try {
    await (role === 'offerer' ? current.offer() : current.answer());
  } catch (error) {
    if (!current.closed) lose(current, error);
  }
}

/** Whatever is left of the connection ends, and another one begins in the same role. */
async function connectAgain() {
  const role = session?.role ?? 'offerer';
  await disconnect();
  await connect(role);
}

async function disconnect() {
  const current = session;
  if (!current || current.closed) return;
  current.close();
  log('closed');
  showClosed();
  if (current.id !== null) await post('close', { id: current.id }).catch(() => {}); // DTLS may have said so before
}

/** The connection is over, and not by our wish. */
function lose(current, error) {
  current.close();
  showLost(error.kind === 'silent' ? 'gone' : 'closed');
  showError(error, true);
  if (error.kind === 'refused' && current.id !== null) post('close', { id: current.id }).catch(() => {});
}

async function restartIce() {
  log('ICE restart');
  $('restart-ice').disabled = true;
  await session.restartIce().catch((error) => showError(error));
  renderControls();
}

function onConnectionState(current) {
  if (current !== session) return;
  const state = current.pc.connectionState;
  log(`connection ${state}`, state === 'failed' ? 'bad' : undefined);
  showOurStates(current.pc);
  if (state === 'failed') {
    showError(new Error(current.wasConnected
      ? 'The connection failed: nothing comes from the server any more.'
      : 'The connection failed: no pair of candidates carries data. Start the demo with an address that this browser can reach '
        + '(--udp, --public-address), then connect again.'), true);
  }
  current.wasConnected ||= state === 'connected';
  renderControls();
}

function onChannelOpen(current, channel) {
  if (current.closed) return;
  const delivery = channel.ordered ? 'ordered' : 'unordered';
  const limit = channel.maxRetransmits === null ? 'reliable' : `${channel.maxRetransmits} retransmissions`;
  log(`channel ${channel.label} open (id ${channel.id}, ${delivery}, ${limit})`);
  PARTS[channel.label]?.onOpen?.();
  renderControls();
}

function onChannelClose(current, channel) {
  if (current.closed) return;
  log(`channel ${channel.label} closed`);
  PARTS[channel.label]?.detach();
  poller.tick(); // if the connection is over, the server knows why
  renderControls();
}
