const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytesOf(value: object): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
