/**
 * Names that a config may give where it needs a secret. What the mesh guards itself with begins with HEDDLE_, and tokens of
 * clusters with CLUSTER_TOKEN_: a config that could name these could have them sent to an origin of its own choice.
 */
export const SECRET_NAME = /^(?!HEDDLE_|CLUSTER_TOKEN_)[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** What is wrong with another name, for people. */
export const SECRET_NAME_FAULT =
  "must be the name of a secret, as in SHOP_API_KEY: letters, digits and _; HEDDLE_… and CLUSTER_TOKEN_… are the mesh's own";
