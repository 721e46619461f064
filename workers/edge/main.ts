/** The data plane Worker: the library with the mesh it is deployed with, and the classes of the state plane. */
import mesh from "heddle:mesh";
import { heddle } from "../../src/library/heddle.ts";

export * from "../../src/library/objects.ts";

export default heddle({ mesh });
