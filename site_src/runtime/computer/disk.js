/**
 * The disk in the drive: the programs of text/disk.txt, found by name as the drive finds them. Pure.
 */

/** @typedef {Map<string, string>} Disk programs by name, in order */

/** @param {string} source `== NAME` begins a program @returns {Disk} */
export function readDisk(source) {
  /** @type {Disk} */
  const disk = new Map();
  for (const part of source.replace(/\r\n?/g, "\n").split(/^== */m).slice(1)) {
    const end = part.indexOf("\n");
    disk.set(part.slice(0, end).trim().toUpperCase(), part.slice(end + 1).replace(/\n+$/, ""));
  }
  return disk;
}

/**
 * What LOAD brings: a program, the directory for "$", or null.
 * @param {Disk} disk
 * @param {string} wanted "NEWS", "N*", "0:M?ZE", "$"
 */
export function find(disk, wanted) {
  if (wanted === "$") return directory(disk);
  const [, head, star] = /** @type {RegExpExecArray} */ (/^(?:0?:)?([^*]*)(\*?)/.exec(wanted));
  for (const [name, source] of disk) {
    const fits = [...head].every((char, at) =>
      char === "?" ? at < name.length : char === name[at],
    );
    if (fits && (star || head.length === name.length)) return source;
  }
  return null;
}

/** The directory, as the BASIC program that the drive makes of it. @param {Disk} disk */
function directory(disk) {
  const files = [...disk].map(([name, source]) => {
    const blocks = String(Math.ceil(source.length / 254));
    return `${blocks} ${" ".repeat(3 - blocks.length)}"${name}"${" ".repeat(Math.max(1, 17 - name.length))}PRG`;
  });
  return [
    `0 \x12"BREATHING ROOM  " 64 2A\x92`,
    ...files,
    `${664 - files.length} BLOCKS FREE.`,
  ].join("\n");
}
