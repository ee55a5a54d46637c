/** Which files are pictures, by their names. */

/** Of a format that is read. */
export const isPicture = (name: string): boolean => /\.(jpe?g|png|webp|tiff?|avif|gif)$/i.test(name)

/** A picture or a scan of a format that is not read; it is reported, since a user expects an answer for each picture. */
export const isForeign = (name: string): boolean =>
  /\.(svgz?|bmp|hei[cf]|jp2|jxl|pdf|psd|tga|p[bgnp]m|dng|cr[23]|nef|arw)$/i.test(name)
