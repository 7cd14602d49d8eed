import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from "hdr-histogram-js";

/** What is timed, in microseconds. Latencies of sends count from the time at which somebody intended to send. */
export const histogramNames = {
  connect: "a socket is opened, to its frame `connection`",
  reconnect: "a socket closes, to the frame `connection` of the next one",
  ack: "a person intends to send, to the ack",
  first: "a person intends to send, to the first chunk of the reply",
  reply: "a person intends to send, to the end of the reply",
} as const;

export type HistogramName = keyof typeof histogramNames;
export type Histograms = Record<HistogramName, Histogram>;
/** HDR histograms in their own encoding (V2, compressed, base64), which any HDR library reads and adds. */
export type EncodedHistograms = Record<HistogramName, string>;

const names = Object.keys(histogramNames) as HistogramName[];
const hourUs = 3_600_000_000;

export function noHistograms(): Histograms {
  return Object.fromEntries(names.map((name) => [name, newHistogram()])) as Histograms;
}

/** Of 1 µs to an hour, with three digits. A longer time counts as an hour. */
export function newHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: hourUs,
    numberOfSignificantValueDigits: 3,
  });
}

export function recordMs(histogram: Histogram, ms: number): void {
  histogram.recordValue(Math.min(hourUs, Math.max(1, Math.round(ms * 1_000))));
}

export function encodeHistograms(histograms: Histograms): EncodedHistograms {
  return Object.fromEntries(
    names.map((name) => [name, encodeIntoCompressedBase64(histograms[name])]),
  ) as EncodedHistograms;
}

export function addHistograms(into: Histograms, more: EncodedHistograms): void {
  for (const name of names) into[name].add(decodeFromCompressedBase64(more[name]));
}

/** Milliseconds below which this share of the values is. */
export function percentileMs(histogram: Histogram, percent: number): number {
  return histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percent) / 1_000;
}
