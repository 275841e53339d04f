'use strict';

// ----------------------------------------------------------------------------------- sending on channels

/** Counts what the application sent and received, on all channels. */
const meter = {
  queued: 0,
  received: 0,
  heardAt: 0,
  onReceived(data) {
    this.received += byteLength(data);
    this.heardAt = performance.now();
  },
  isSilent() { return performance.now() - this.heardAt > SILENT_AFTER_MS; },
  /** Bytes that left the send buffers. */
  sent() {
    let waiting = 0;
    for (const channel of session?.channels.values() ?? []) waiting += channel.bufferedAmount;
    return Math.max(0, this.queued - waiting);
  },
  reset() { this.queued = 0; this.received = 0; },
};

const byteLength = (data) => (typeof data === 'string' ? new Blob([data]).size : data.byteLength);

function send(channel, data) {
  channel.send(data);
  meter.queued += byteLength(data);
}

const sendJson = (channel, value) => send(channel, JSON.stringify(value));

/** Resolves when the channel's send buffer has room again; rejects when the channel closes first, or when `signal` aborts. */
function room(channel, signal) {
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (channel.readyState !== 'open') return Promise.reject(new Error(`The channel ${channel.label} closed.`));
  if (channel.bufferedAmount < BUFFER_HIGH_BYTES) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const settle = (how, value) => { stop.abort(); how(value); };
    channel.addEventListener('bufferedamountlow', () => settle(resolve), { signal: stop.signal });
    signal?.addEventListener('abort', () => settle(reject, signal.reason), { signal: stop.signal });
    channel.addEventListener('close', () => settle(reject, new Error(`The channel ${channel.label} closed.`)), { signal: stop.signal });
  });
}

// ---------------------------------------------------------------------------------------------- chat

const chat = {
  channel: null,
  sentAt: [],

  attach(channel) {
    this.channel = channel;
    channel.addEventListener('message', ({ data }) => this.onEcho(data));
  },
  onOpen() { if (matchMedia('(pointer: fine)').matches) $('chat-input').focus({ preventScroll: true }); },
  detach() { this.channel = null; this.sentAt = []; },

  /** Whether it was sent. */
  say(text) {
    if (text === '' || this.channel?.readyState !== 'open') return false;
    const limit = session.pc.sctp?.maxMessageSize ?? Infinity;
    const size = byteLength(text);
    if (size > limit) return this.refuse(`Not sent: the message has ${bytes(size)}, and the server takes up to ${bytes(limit)} in one.`);
    try {
      send(this.channel, text);
    } catch (error) {
      return this.refuse(`Not sent: ${error.message}`);
    }
    setText('chat-result', '');
    this.sentAt.push(performance.now());
    this.show('page', text);
    return true;
  },

  refuse(text) {
    setText('chat-result', text);
    log(`chat: ${text}`, 'bad');
    return false;
  },

  onEcho(text) {
    const sentAt = this.sentAt.shift();
    this.show('server', text, sentAt === undefined ? '' : milliseconds(performance.now() - sentAt));
  },

  show(from, text, note = '') {
    const item = document.createElement('li');
    item.dataset.from = from;
    item.textContent = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
    if (note) item.append(Object.assign(document.createElement('small'), { textContent: note }));
    $('chat-log').append(item);
    item.parentElement.scrollTop = item.parentElement.scrollHeight;
  },
};

// --------------------------------------------------------------------------------------------- speed

const speed = {
  channel: null,
  busy: false,

  attach(channel) {
    this.channel = channel;
    channel.addEventListener('message', ({ data }) => this.onMessage(data));
  },
  detach() {
    if (this.busy) this.finish('Cut short: the connection closed.');
    this.channel = null;
  },

  download() {
    this.begin(`Receiving for ${SPEED_SECONDS} s …`);
    this.downloadStarted = performance.now();
    this.downloaded = 0;
    sendJson(this.channel, { kind: 'download', seconds: SPEED_SECONDS });
  },

  async upload() {
    const { channel } = this;
    this.begin(`Sending for ${SPEED_SECONDS} s …`);
    try {
      sendJson(channel, { kind: 'upload' });
      sendJson(channel, { kind: 'done', sent: await blast(channel, SPEED_SECONDS * 1000) });
    } catch (error) {
      this.finish(error.message);
    }
  },

  onMessage(data) {
    if (typeof data !== 'string') { this.downloaded += data.byteLength; return; }
    const message = parseJson(data);
    if (message.kind === 'done') this.onDownloaded(message.sent);
    else if (message.kind === 'uploaded') this.onUploaded(message);
  },

  onDownloaded(sent) {
    const seconds = (performance.now() - this.downloadStarted) / 1000;
    const missing = sent === this.downloaded ? '' : `, of ${bytes(sent)} sent`;
    this.finish(`Received ${bytes(this.downloaded)}${missing}: ${rate(this.downloaded / seconds)}`);
  },

  onUploaded({ received, ms }) {
    this.finish(`Sent ${bytes(received)}: ${rate(received / (ms / 1000))}`);
  },

  begin(text) {
    this.busy = true;
    setText('speed-result', text);
    renderControls();
  },

  finish(text) {
    this.busy = false;
    setText('speed-result', text);
    log(`speed: ${text}`);
    renderControls();
  },
};

/** Sends blocks as fast as the channel takes them, and answers how many bytes that were. */
async function blast(channel, durationMs) {
  const block = crypto.getRandomValues(new Uint8Array(CHUNK_BYTES));
  const end = performance.now() + durationMs;
  let sent = 0;
  while (performance.now() < end) {
    await room(channel);
    send(channel, block);
    sent += block.byteLength;
  }
  return sent;
}

// ---------------------------------------------------------------------------------------------- ping

const ping = {
  channel: null,
  timer: null,
  waiting: new Set(),
  samples: [], // of the plot's span, in milliseconds
  lost: 0,
  sent: 0,

  attach(channel) {
    this.channel = channel;
    channel.addEventListener('message', ({ data }) => this.onEcho(data));
  },
  onOpen() {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.beat(), PING_INTERVAL_MS);
  },
  detach() {
    clearInterval(this.timer);
    this.channel = null;
    this.waiting.clear();
  },
  reset() { Object.assign(this, { samples: [], lost: 0, sent: 0 }); },

  beat() {
    this.forgetLost();
    if (this.channel?.readyState !== 'open') return;
    const stamp = performance.now().toFixed(3);
    this.waiting.add(stamp);
    this.sent += 1;
    send(this.channel, stamp);
  },

  onEcho(stamp) {
    if (!this.waiting.delete(stamp)) return;
    const now = performance.now();
    const rtt = now - Number(stamp);
    this.samples.push({ at: now, rtt });
    while (this.samples[0].at < now - PLOT_SPAN_MS) this.samples.shift();
    rttPlot.add(0, now, rtt);
    this.show(rtt);
  },

  forgetLost() {
    const limit = performance.now() - PING_LOST_AFTER_MS;
    for (const stamp of this.waiting) {
      if (Number(stamp) > limit) break; // in the order of sending
      this.waiting.delete(stamp);
      this.lost += 1;
    }
  },

  show(rtt) {
    const sorted = this.samples.map((sample) => sample.rtt).sort((a, b) => a - b);
    setText('rtt-now', milliseconds(rtt));
    setText('rtt-least', milliseconds(sorted[0]));
    setText('rtt-median', milliseconds(sorted[sorted.length >> 1]));
    setText('rtt-most', milliseconds(sorted.at(-1)));
    setText('rtt-lost', `${this.lost} of ${this.sent}`);
    setText('link-rtt', milliseconds(sorted[sorted.length >> 1]).replace(/ ms$/, ''));
  },
};
