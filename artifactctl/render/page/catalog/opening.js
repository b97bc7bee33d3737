// The source that this page has: the columns in the file.
import { embeddedSource } from "./source.js";

export const openSource = () => embeddedSource();
