/** Keys that are comments by convention, since JSON has no comments. */
export const COMMENT_KEY = /^(?:_|\/\/|#)/;
