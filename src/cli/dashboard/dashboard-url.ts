/**
 * The address of a local dashboard, with the token in its fragment: browsers send that to nobody, and the page takes it out
 * of the address at once.
 *
 * - `control`: of the control plane, without a trailing slash.
 */
export function dashboardUrl(control: string, token: string): string {
  return `${control}/#token=${token}`;
}
