/** Keys that are comments by convention: JSON has no others. */
export const COMMENT_KEY = /^(?:_|\/\/|#)/;
