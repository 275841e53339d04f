// What the tests ask of the page. One connection at a time.
window.peer = (() => {
  let pc, channels, candidates, log;

  const hex = buffer => [...new Uint8Array(buffer)].map(b => b.toString(16).padStart(2, "0")).join("");
  const hash = async buffer => hex(await crypto.subtle.digest("SHA-256", buffer));
  const sleep = ms => new Promise(done => setTimeout(done, ms));
  const until = async (what, ready, ms = 30000) => {
    for (const end = performance.now() + ms; performance.now() < end; await sleep(10)) {
      const value = ready();
      if (value) return value;
    }
    throw new Error("nothing: " + what);
  };

  // A channel's label says what it does with what it gets: "echo…" returns it, "sink…" keeps it.
  const adopt = channel => {
    const entry = { channel, received: [], bytes: 0, texts: [] };
    channel.binaryType = "arraybuffer";
    channel.onopen = () => log.push("open " + channel.label);
    channel.onclosing = () => log.push("closing " + channel.label);
    channel.onclose = () => log.push("close " + channel.label);
    channel.onerror = event => log.push("error " + channel.label + ": " + event.error.message);
    channel.onmessage = ({ data }) => {
      if (channel.label.startsWith("echo")) return channel.send(data);
      entry.bytes += typeof data === "string" ? data.length : data.byteLength;
      if (typeof data === "string") entry.texts.push(data);
      else entry.received.push(data);
    };
    channels[channel.label] = entry;
    log.push("adopt " + channel.label);
    return entry;
  };

  const gathered = () => until("all candidates", () => pc.iceGatheringState === "complete");

  return {
    start(options = {}) {
      [channels, candidates, log] = [{}, [], []];
      pc = new RTCPeerConnection(options);
      pc.onicecandidate = ({ candidate }) => candidates.push(candidate && candidate.toJSON());
      pc.ondatachannel = ({ channel }) => adopt(channel);
      pc.onconnectionstatechange = () => log.push("connection " + pc.connectionState);
      pc.oniceconnectionstatechange = () => log.push("ice " + pc.iceConnectionState);
    },
    open: (label, init) => void adopt(pc.createDataChannel(label, init)),
    media: (...kinds) => kinds.forEach(kind => pc.addTransceiver(kind)),
    async offer({ trickle = false, restart = false } = {}) {
      // After a restart the state is still that of the generation before, for a moment.
      const anew = new Promise(done => {
        pc.addEventListener("icegatheringstatechange", () => pc.iceGatheringState === "complete" && done());
      });
      await pc.setLocalDescription(await pc.createOffer({ iceRestart: restart }));
      if (!trickle) await (restart ? anew : gathered());
      return pc.localDescription.sdp;
    },
    async answer(sdp, { trickle = false } = {}) {
      await pc.setRemoteDescription({ type: "offer", sdp });
      await pc.setLocalDescription();
      if (!trickle) await gathered();
      return pc.localDescription.sdp;
    },
    accept: sdp => pc.setRemoteDescription({ type: "answer", sdp }),
    rollback: () => pc.setLocalDescription({ type: "rollback" }),
    candidates: () => candidates.splice(0),
    candidate: init => pc.addIceCandidate(init || undefined),
    state: () => ({ connection: pc.connectionState, ice: pc.iceConnectionState, signaling: pc.signalingState }),
    connected: () => until("connected", () => pc.connectionState === "connected"),
    log: () => log,
    opened: label => until("open " + label, () => channels[label]?.channel.readyState === "open").then(() => true),
    closed: label => until("closed " + label, () => channels[label]?.channel.readyState === "closed").then(() => true),
    readyState: label => channels[label]?.channel.readyState ?? null,
    info(label) {
      const { channel } = channels[label];
      const { id, ordered, maxRetransmits, maxPacketLifeTime, protocol, negotiated } = channel;
      return { id, ordered, maxRetransmits, maxPacketLifeTime, protocol, negotiated };
    },
    closeChannel: label => channels[label].channel.close(),
    close: () => pc.close(),
    sendText: (label, text) => channels[label].channel.send(text),
    texts: label => channels[label].texts.splice(0),
    // Sends `size` bytes in `chunk`s, not faster than the buffer empties, and gives their hash.
    async blast(label, size, chunk) {
      const { channel } = channels[label];
      const data = new Uint8Array(size);
      for (let at = 0; at < size; at += 65536) crypto.getRandomValues(data.subarray(at, Math.min(size, at + 65536)));
      channel.bufferedAmountLowThreshold = 1 << 20;
      for (let at = 0; at < size; at += chunk) {
        if (channel.bufferedAmount > 4 << 20) {
          await new Promise(done => channel.addEventListener("bufferedamountlow", done, { once: true }));
        }
        channel.send(data.subarray(at, Math.min(size, at + chunk)));
      }
      return hash(data);
    },
    received: label => channels[label].bytes,
    async digest(label, size) {
      await until(size + " bytes", () => channels[label].bytes >= size, 110000);
      return hash(await new Blob(channels[label].received.splice(0)).arrayBuffer());
    },
    async selectedPair() {
      const stats = [...(await pc.getStats()).values()];
      const transport = stats.find(entry => entry.type === "transport");
      const pair = stats.find(entry => entry.id === transport?.selectedCandidatePairId);
      const candidate = id => stats.find(entry => entry.id === id);
      return pair && {
        local: candidate(pair.localCandidateId)?.candidateType, remote: candidate(pair.remoteCandidateId)?.candidateType,
        dtls: transport.dtlsCipher, tls: transport.tlsVersion, role: transport.iceRole, dtlsRole: transport.dtlsRole,
      };
    },
  };
})();
