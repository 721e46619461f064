/** Which Heddle this code is, for those who compare what is deployed where. A test holds it to package.json. */
export const HEDDLE_RELEASE = "0.1.0";
