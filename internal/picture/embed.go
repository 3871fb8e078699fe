package picture

const (
	gradientDim = cells * cells * directions
	colourDim   = cells * cells * 3

	cells      = 8
	directions = 9
)
