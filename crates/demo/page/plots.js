'use strict';

// --------------------------------------------------------------------------------------------- plots

/** A canvas with lines over the last half minute; the newest value is at the right edge. */
class Plot {
  #canvas; #series; #format; #least; #top = 0;

  /** `inks` are elements whose colour draws each series; `least` is the smallest full scale. */
  constructor(canvas, { inks, format, least }) {
    this.#canvas = canvas;
    this.#series = inks.map((ink) => ({ ink, points: [] }));
    this.#format = format;
    this.#least = least;
  }

  add(index, at, value) { this.#series[index].points.push({ at, value }); }
  clear() { for (const { points } of this.#series) points.length = 0; }

  draw(now) {
    for (const { points } of this.#series) while (points.length && points[0].at < now - PLOT_SPAN_MS - 1000) points.shift();
    const pen = this.#fit();
    const area = { left: 0, top: 10, width: pen.width, height: pen.height - 30 };
    this.#top = niceCeiling(Math.max(this.#least, ...this.#series.flatMap(({ points }) => points.map(({ value }) => value))));
    pen.context.clearRect(0, 0, pen.width, pen.height);
    this.#drawGrid(pen.context, area);
    for (const series of this.#series) this.#drawSeries(pen.context, area, series, now);
    this.#drawLabels(pen.context, area);
  }

  #fit() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (this.#canvas.width !== Math.round(width * ratio) || this.#canvas.height !== Math.round(height * ratio)) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
    }
    const context = this.#canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { context, width, height };
  }

  #drawGrid(context, { left, top, width, height }) {
    context.strokeStyle = inkOf($('ink-grid'));
    context.lineWidth = 1;
    for (let step = 0; step <= 2; step += 1) {
      const y = Math.round(top + (height * step) / 2) + 0.5;
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(left + width, y);
      context.stroke();
    }
  }

  #drawLabels(context, { top, width, height }) {
    context.fillStyle = inkOf($('ink-axis'));
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'bottom';
    context.textAlign = 'left';
    for (const [share, value] of [[0, this.#top], [0.5, this.#top / 2]]) context.fillText(this.#format(value), 2, top + height * share + 15);
    context.textBaseline = 'top';
    context.fillText(`${PLOT_SPAN_MS / 1000} s ago`, 2, top + height + 6);
    context.textAlign = 'right';
    context.fillText('now', width - 2, top + height + 6);
  }

  #drawSeries(context, area, { ink, points }, now) {
    if (points.length === 0) return;
    const x = ({ at }) => area.left + area.width * (1 - (now - at) / PLOT_SPAN_MS);
    const y = ({ value }) => area.top + area.height * (1 - value / this.#top);
    const line = new Path2D();
    for (const point of points) line.lineTo(x(point), y(point));
    const surface = new Path2D(line);
    surface.lineTo(x(points.at(-1)), area.top + area.height);
    surface.lineTo(x(points[0]), area.top + area.height);
    context.save();
    context.beginPath();
    context.rect(area.left, area.top - 4, area.width, area.height + 8);
    context.clip();
    context.fillStyle = context.strokeStyle = inkOf(ink);
    context.globalAlpha = 0.12;
    context.fill(surface);
    context.globalAlpha = 1;
    context.lineWidth = 1.75;
    context.lineJoin = 'round';
    context.stroke(line);
    context.restore();
  }
}

const inkOf = (element) => getComputedStyle(element).color;

/** The next round number that is not below the value. */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * 0.999) * power;
}

const throughputPlot = new Plot($('plot-throughput'), {
  inks: [$('ink-sent'), $('ink-received')], format: bits, least: 1e6,
});
const rttPlot = new Plot($('plot-rtt'), { inks: [$('ink-rtt')], format: milliseconds, least: 2 });

const sampler = {
  before: null,

  sample() {
    const now = performance.now();
    if (session && !session.closed) this.take(now);
    else this.before = null;
    throughputPlot.draw(now);
    rttPlot.draw(now);
  },

  take(now) {
    const reading = { at: now, sent: meter.sent(), received: meter.received };
    const { before } = this;
    this.before = reading;
    if (!before) return;
    const seconds = (now - before.at) / 1000;
    ['sent', 'received'].forEach((way, index) => {
      const perSecond = (8 * Math.max(0, reading[way] - before[way])) / seconds;
      throughputPlot.add(index, now, perSecond);
      setText(`rate-${way}`, bits(perSecond));
    });
  },
};
