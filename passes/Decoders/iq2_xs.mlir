// ggml's iq2_xs: eight weights are one of 512 points and seven signs; 16 share a scale of 4 bits, and all 256 an f16.
// f16 d; 32 u16: point and signs; 16 nibbles s.
memref.global "private" constant @points : memref<512xi16> = dense<"0x00000200050008000A001100140016001900200022002500280041004400460049005000520055005800610064008000820085008800910094009900A000010104010601090110011201150118011A0121012401400142014501480151015401600168018101840190010002020205020802110214022002410244025002550280028A02010404040604090410041204150418042104240440044204450448045104540456046004810484049004000502050505080511051405200541054405500561058005010604061006260640064206840600080208050808080A08110814082008250841084408500858088008A008AA08010904091009400981098909000A200A280A960AA00A011004100610091010101210151018102110241040104210451048105110541060106A108110841090100011021105110811111114112011411144115011801194119611011204120612101240126012001402140514081411141414201441144414491450146414801401150415101540150016141649160118041810181218401854188618001905196619511AA91A00200220052008200A201120142020204120442050208020A020012104211021402148216521002222228022A82201240424102429244024002541255225992501261A26A626002808280A28202855288828A22868299029082A202A822A882A8A2A014004400640094010401240154018402140244040404240454048404A405140544060406540814084409040004102410541084111411441204141414441504180418541A2410142044210421242294240420044024405440844114414441944204441444444504480449444014504451045244540459A4500460A4644465046014804481048404845485448624800491149444950496949044A00500250055008501150145020502850415044505050805001510451105115514051425100524452AA520154045410542154405460548154A154005508558055885521566856A156005814584158505899581A5940594259855A0160046010604060546062608660A960006124624A62926200641664106540654565A46501686A682569066A546A626A00800280058008801180148020802A8041804480508080808280A880AA8001810481068110814081518159810082208280828282A082A8820184048410841284158440846084898400854485A58518866A860088088825885A8880888288A8880689228A808A888A968AA88A019004901090409056908490009122916491569289920094059444945094589429959095929541965198A6984999159A609A00A002A008A00AA020A02AA0A0A051A159A1A6A100A202A208A22AA280A2A0A240A495A465A698A60AA820A822A828A8A0A8A8A804A984A986A928AA2AAA91AAAAAA">
func.func @iq2_xs(%block: memref<37xi16>, %quad: index) -> (i32, f32)
    attributes {vspec.columns = 256, vspec.group = 16, vspec.bias = 43, vspec.most = 86,
                vspec.written_out = "table{3, iq2} x 16:uint{5} x 256:f16"} {
  %i0 = arith.constant 0 : index
  %i1 = arith.constant 1 : index
  %i2 = arith.constant 2 : index
  %i4 = arith.constant 4 : index
  %i33 = arith.constant 33 : index
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %c4 = arith.constant 4 : i32
  %c6 = arith.constant 6 : i32
  %c7 = arith.constant 7 : i32
  %c8 = arith.constant 8 : i32
  %c9 = arith.constant 9 : i32
  %c12 = arith.constant 12 : i32
  %c15 = arith.constant 15 : i32
  %c17 = arith.constant 17 : i32
  %c255 = arith.constant 255 : i32
  %c511 = arith.constant 511 : i32
  %c01 = arith.constant 0x01010101 : i32
  %c03 = arith.constant 0x03030303 : i32
  %c0f = arith.constant 0x000F000F : i32
  %c204081 = arith.constant 0x00204081 : i32
  %twice = arith.constant 0x56565656 : i32
  %c51s = arith.constant 0x33333333 : i32
  %unit = arith.constant 0.125 : f32
  %octet = arith.divui %quad, %i2 : index
  %half = arith.remui %quad, %i2 : index
  %half32 = arith.index_cast %half : index to i32
  %half4 = arith.muli %half32, %c4 : i32
  %half8 = arith.muli %half32, %c8 : i32
  %at = arith.addi %octet, %i1 : index
  %word16 = memref.load %block[%at] : memref<37xi16>
  %word = arith.extui %word16 : i16 to i32
  %index = arith.andi %word, %c511 : i32
  %seven = arith.shrui %word, %c9 : i32
  %sixteen = arith.divui %octet, %i2 : index
  %fourScales = arith.divui %sixteen, %i4 : index
  %scalesAt = arith.addi %fourScales, %i33 : index
  %nibble = arith.remui %sixteen, %i4 : index
  %nibble32 = arith.index_cast %nibble : index to i32
  %nibbleBy = arith.muli %nibble32, %c4 : i32
  %nibbles16 = memref.load %block[%scalesAt] : memref<37xi16>
  %nibbles = arith.extui %nibbles16 : i16 to i32
  %nibblesDown = arith.shrui %nibbles, %nibbleBy : i32
  %s = arith.andi %nibblesDown, %c15 : i32
  // The eighth sign makes the number of minus signs even.
  %down4 = arith.shrui %seven, %c4 : i32
  %by4 = arith.xori %seven, %down4 : i32
  %down2 = arith.shrui %by4, %c2 : i32
  %by2 = arith.xori %by4, %down2 : i32
  %down1s = arith.shrui %by2, %c1 : i32
  %by1 = arith.xori %by2, %down1s : i32
  %odd = arith.andi %by1, %c1 : i32
  %eighth = arith.shli %odd, %c7 : i32
  %eight = arith.ori %seven, %eighth : i32
  %mySigns = arith.shrui %eight, %half4 : i32
  %sign4 = arith.andi %mySigns, %c15 : i32
  %place = arith.index_castui %index : i32 to index
  %points = memref.get_global @points : memref<512xi16>
  // Four of the eight magnitudes of 2 bits become bytes; 51, 68 and 86 are 8, 25 and 43 above the bias.
  %row16 = memref.load %points[%place] : memref<512xi16>
  %row = arith.extui %row16 : i16 to i32
  %mine = arith.shrui %row, %half8 : i32
  %low = arith.andi %mine, %c255 : i32
  %up12 = arith.shli %low, %c12 : i32
  %spread2 = arith.ori %low, %up12 : i32
  %two = arith.andi %spread2, %c0f : i32
  %up6 = arith.shli %two, %c6 : i32
  %spread4 = arith.ori %two, %up6 : i32
  %four = arith.andi %spread4, %c03 : i32
  %times17 = arith.muli %four, %c17 : i32
  %down1 = arith.shrui %four, %c1 : i32
  %isTwo = arith.andi %down1, %c01 : i32
  %more = arith.addi %times17, %isTwo : i32
  %plus = arith.addi %more, %c51s : i32
  // A sign to each byte, as 0 or 255; what is minus lies as far below the bias as plus above it.
  %spread = arith.muli %sign4, %c204081 : i32
  %ones = arith.andi %spread, %c01 : i32
  %next = arith.shli %ones, %c8 : i32
  %mask = arith.subi %next, %ones : i32
  %minus = arith.subi %twice, %plus : i32
  %differ = arith.xori %plus, %minus : i32
  %change = arith.andi %differ, %mask : i32
  %codes = arith.xori %plus, %change : i32
  %d16 = memref.load %block[%i0] : memref<37xi16>
  %d = arith.bitcast %d16 : i16 to f16
  %dWide = arith.extf %d : f16 to f32
  // d * (2 s + 1) / 8
  %s2 = arith.shli %s, %c1 : i32
  %s2plus1 = arith.ori %s2, %c1 : i32
  %odds = arith.uitofp %s2plus1 : i32 to f32
  %scaled = arith.mulf %dWide, %odds : f32
  %scale = arith.mulf %scaled, %unit : f32
  return %codes, %scale : i32, f32
}
