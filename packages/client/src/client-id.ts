/** A UUIDv7: it tells its age, which lets the server store a new intent without looking for an old one. */
export function createClientId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, "0");
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  // The first of the four letters of 16 bits is the version, the first of the next four the variant.
  return `${time}7${random.slice(1, 4)}a${random.slice(5)}`.replace(
    /(.{8})(.{4})(.{4})(.{4})/,
    "$1-$2-$3-$4-",
  );
}
