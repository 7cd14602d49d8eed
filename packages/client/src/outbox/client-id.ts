/** A UUIDv7: it tells its age, which lets the server store a new intent without looking for an old one. */
export function createClientId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, "0");
  // Decimal digits are hexadecimal ones, too, and 18 of them are enough for what one user says in a millisecond.
  const random = crypto.getRandomValues(new BigUint64Array(2)).join("").padStart(18, "0");
  // The first letter of the third group is the version, that of the fourth the variant.
  return `${time}7${random.slice(-3)}a${random.slice(-18, -3)}`.replace(
    /(.{8})(.{4})(.{4})(.{4})/,
    "$1-$2-$3-$4-",
  );
}
