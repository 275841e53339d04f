'use strict';

// ---------------------------------------------------------------------------------------------- file

const file = {
  channel: null,
  chosen: null,
  /** The transfer under way. */
  current: null,
  atServer: false,

  attach(channel) {
    this.channel = channel;
    channel.addEventListener('message', ({ data }) => this.onMessage(data));
  },
  detach() {
    if (this.current) this.finish('The transfer was cut short: the connection closed.', 'bad');
    Object.assign(this, { channel: null, atServer: false });
  },

  choose(chosen) {
    if (!chosen || this.current) return;
    this.chosen = chosen;
    $('file-name').replaceChildren(Object.assign(document.createElement('b'), { textContent: chosen.name }));
    $('file-name').title = chosen.name;
    setText('file-size', bytes(chosen.size));
    this.show('');
    renderControls();
  },

  /** Offers the file; its bytes follow when the server takes it. */
  send() {
    const { name, size } = this.chosen;
    this.begin(new Upload(this.chosen));
    this.show('Asked the server whether it takes the file …');
    sendJson(this.channel, { kind: 'put', name, size });
  },

  /** Asks for the file that the server holds. */
  fetchBack() {
    this.begin(new Download());
    this.show('Asked for the file …');
    sendJson(this.channel, { kind: 'get' });
  },

  onMessage(data) {
    const { current } = this;
    if (typeof data !== 'string') {
      if (current instanceof Download && current.take(data)) this.onDownloaded(current);
      return;
    }
    const message = parseJson(data);
    if (!current) log(`file: not asked for: ${data.slice(0, 80)}`, 'bad');
    else if (message.kind === 'refuse') this.finish(`✗ ${message.error}`, 'bad');
    else if (message.kind === 'take') this.onTaken(current);
    else if (message.kind === 'kept') this.onKept(current, message);
    else if (message.kind === 'file') this.onHeader(current, message);
    else this.finish(`✗ ${message.error ?? 'The server said something else.'}`, 'bad');
  },

  async onTaken(upload) {
    try {
      await upload.run(this.channel);
      if (this.current === upload) this.show('Sent; waiting for the server’s SHA-256 …');
    } catch (error) {
      if (this.current === upload) this.finish(`✗ ${error.message}`, 'bad');
    }
  },

  onKept(upload, { sha256, size }) {
    this.atServer = true;
    $('file-progress').value = 1;
    if (size !== upload.blob.size) this.finish(`✗ The server has ${size} of ${upload.blob.size} bytes.`, 'bad');
    else this.finish(...verdict(upload.hash.hex(), sha256, 'The server has it'));
  },

  onHeader(download, header) {
    if (download.begin(header)) this.onDownloaded(download);
  },

  onDownloaded(download) {
    $('file-progress').value = 1;
    this.offerToSave(download.blob(), download.name);
    this.finish(...verdict(download.hash.hex(), download.expected, 'It came back'));
  },

  offerToSave(blob, name) {
    const link = $('file-link');
    if (link.href) URL.revokeObjectURL(link.href);
    Object.assign(link, { href: URL.createObjectURL(blob), download: name, textContent: `Save ${name}`, title: name, hidden: false });
  },

  begin(transfer) {
    this.current = transfer;
    $('file-progress').dataset.way = transfer.way;
    $('file-progress').value = 0;
    $('file-link').hidden = true;
    this.show('');
    renderControls();
  },

  finish(text, tone) {
    this.current?.stop();
    this.current = null;
    this.show(text, tone);
    log(`file: ${text.replaceAll('\n', ' ')}`, tone === 'bad' ? 'bad' : undefined);
    renderControls();
  },

  progress(done, size, started) {
    const seconds = (performance.now() - started) / 1000;
    $('file-progress').value = size === 0 ? 1 : done / size;
    this.show(`${bytes(done)} of ${bytes(size)}${seconds > 0.2 ? `, ${rate(done / seconds)}` : ''}`);
  },

  show(text, tone = 'idle') {
    const [headline, ...digests] = text.split('\n');
    const lines = digests.map((digest) => Object.assign(document.createElement('code'), { textContent: digest }));
    $('file-result').replaceChildren(headline, ...lines);
    $('file-result').dataset.tone = tone;
  },
};

/** A file on its way to the server: read, hashed and sent in pieces, so that its size does not matter here. */
class Upload {
  way = 'up';
  hash = new Sha256();
  #stop = new AbortController();

  constructor(blob) { this.blob = blob; }
  stop() { this.#stop.abort(new Error('The transfer was stopped.')); }

  async run(channel) {
    const { signal } = this.#stop;
    const { size } = this.blob;
    const started = performance.now();
    let queued = 0;
    for (let start = 0; start < size; start += READ_BYTES) {
      const piece = new Uint8Array(await this.blob.slice(start, start + READ_BYTES).arrayBuffer());
      for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
        await room(channel, signal);
        const chunk = piece.subarray(at, at + CHUNK_BYTES);
        send(channel, chunk);
        this.hash.update(chunk);
        queued += chunk.length;
        file.progress(queued - channel.bufferedAmount, size, started);
      }
    }
  }
}

/** A file on its way back. What has come is given to the browser in large pieces, which it need not keep in memory. */
class Download {
  way = 'down';
  hash = new Sha256();
  #size = 0;
  #got = 0;
  #started = 0;
  #pieces = [];
  #chunks = [];
  #chunkBytes = 0;

  stop() {}

  /** Whether it is complete already. */
  begin({ name, size, sha256 }) {
    this.name = name;
    this.expected = sha256;
    this.#size = size;
    this.#started = performance.now();
    return size === 0;
  }

  /** Takes the next bytes. Whether it is complete. */
  take(data) {
    this.hash.update(new Uint8Array(data));
    this.#chunks.push(data);
    this.#chunkBytes += data.byteLength;
    this.#got += data.byteLength;
    if (this.#chunkBytes >= READ_BYTES) this.#seal();
    file.progress(this.#got, this.#size, this.#started);
    return this.#got >= this.#size;
  }

  blob() {
    this.#seal();
    return new Blob(this.#pieces);
  }

  #seal() {
    this.#pieces.push(new Blob(this.#chunks));
    this.#chunks = [];
    this.#chunkBytes = 0;
  }
}

function verdict(ours, theirs, what) {
  if (ours === theirs) return [`✓ ${what}, and the SHA-256 are equal\n${ours}`, 'good'];
  return [`✗ ${what}, but the SHA-256 differ: first ours, then theirs\n${ours}\n${theirs}`, 'bad'];
}

/** What the page does on each channel, by label. */
const PARTS = { chat, file, speed, ping };
