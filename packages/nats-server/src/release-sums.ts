/**
 * SHA-256 of the official archives of the pinned version, by file name, in hexadecimal. An archive that is not in here is
 * not taken: what lies beside it on the server proves nothing about it.
 *
 * It is empty because the sums of 2.12.15 could not be had from a second place. docs/decisions/0012 says how to add one.
 */
export const releaseSums: Readonly<Record<string, string>> = {};
