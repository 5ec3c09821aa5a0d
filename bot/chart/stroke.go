package chart

import "math"

// stroke turns a polyline of some width into polygons with the same winding. Joins
// and ends are round, but the ends of dashes are flat.
func stroke(points []point, width float64, dash []float64) [][]point {
	var polygons [][]point
	if dash == nil {
		for i, p := range points {
			polygons = append(polygons, circle(p, width/2))
			if i > 0 {
				polygons = appendSegment(polygons, points[i-1], p, width)
			}
		}
		return polygons
	}
	for _, d := range dash {
		if !(d > 0) { // it would not advance
			return stroke(points, width, nil)
		}
	}
	part, left := 0, dash[0]
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		length := math.Hypot(to.x-from.x, to.y-from.y)
		for done := 0.0; done < length; {
			step := min(left, length-done)
			if part%2 == 0 {
				polygons = appendSegment(polygons, along(from, to, done/length), along(from, to, (done+step)/length), width)
			}
			done += step
			if left -= step; left <= 0 {
				part++
				left = dash[part%len(dash)]
			}
		}
	}
	return polygons
}

// along is the point at share t of the way between two points.
func along(from, to point, t float64) point {
	return point{from.x + t*(to.x-from.x), from.y + t*(to.y-from.y)}
}

// appendSegment appends the rectangle around a segment, with the winding of circle.
func appendSegment(polygons [][]point, from, to point, width float64) [][]point {
	dx, dy := to.x-from.x, to.y-from.y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return polygons
	}
	ox, oy := -dy/length*width/2, dx/length*width/2
	return append(polygons, []point{
		{from.x - ox, from.y - oy}, {to.x - ox, to.y - oy},
		{to.x + ox, to.y + oy}, {from.x + ox, from.y + oy},
	})
}
