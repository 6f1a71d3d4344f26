/** Tells network file systems by the magic number that `statfs` gives. */

/** Source: `statfs(2)` and the kernel's `include/uapi/linux/magic.h`; Lustre, GPFS and BeeGFS from their own headers. */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x01021997, '9p'],
  [0x73757245, 'Coda'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
]);

/** Name of the network file system with this magic number; `undefined` for local ones. */
export const networkFileSystemName = (magic: number): string | undefined => NETWORK_FILE_SYSTEMS.get(magic >>> 0);
